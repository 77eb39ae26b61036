using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>Rotary position embedding (Su et al., 2021) in Hugging Face's half-split convention. On a CPU in one pass, and one back.</summary>
internal sealed unsafe class Rotation : OwnOperator<Rotation>
{
    /// <summary>Rotates each head by the angles of its position, in Float32: cosines in BFloat16 would move what is far by several positions.</summary>
    /// <param name="xBTHD">Queries or keys.</param>
    /// <param name="cos">Cosines, each frequency twice: Float32 [T, D] or [B, T, D].</param>
    /// <param name="sin">Sines likewise.</param>
    /// <returns>In the format of <paramref name="xBTHD"/>.</returns>
    public static Tensor Of(Tensor xBTHD, Tensor cos, Tensor sin)
    {
        var exactBTHD = xBTHD.to(ScalarType.Float32);
        var yBTHD = xBTHD.device_type == DeviceType.CPU ? Run(exactBTHD, cos.contiguous(), sin.contiguous()) : ByOperators(exactBTHD, cos, sin);
        return yBTHD.to(xBTHD.dtype);
    }

    /// <summary>The same from libtorch's operators.</summary>
    internal static Tensor ByOperators(Tensor xBTHD, Tensor cos, Tensor sin)
    {
        var halves = xBTHD.chunk(2, -1);
        return (xBTHD * cos.unsqueeze(-2)).Plus(cat([-halves[1], halves[0]], -1) * sin.unsqueeze(-2));
    }

    protected override (Tensor Result, Tensor[] Kept) Forward(object[] inputs)
    {
        var (cos, sin) = ((Tensor)inputs[1], (Tensor)inputs[2]);
        return (Turn((Tensor)inputs[0], cos, sin, 1), [cos, sin]);
    }

    protected override Tensor?[] Backward(object[] inputs, Tensor[] kept, Tensor gradient) => [Turn(gradient, kept[0], kept[1], -1), null, null];

    /// <summary>Rotates forward (1) or back (-1).</summary>
    private static Tensor Turn(Tensor xBTHD, Tensor cos, Tensor sin, float direction)
    {
        xBTHD = xBTHD.contiguous();
        var yBTHD = empty_like(xBTHD);
        int heads = (int)xBTHD.shape[2], size = (int)xBTHD.shape[3];
        var positions = cos.numel() / size;
        float* px = AtenDispatcher.Floats(xBTHD), py = AtenDispatcher.Floats(yBTHD), pc = AtenDispatcher.Floats(cos), ps = AtenDispatcher.Floats(sin);
        CpuThreads.For(xBTHD.shape[0] * xBTHD.shape[1], token =>
        {
            var (first, angle) = (token * heads * size, token % positions * size);
            for (var h = 0; h < heads; h++) Turn(px + first + h * size, py + first + h * size, pc + angle, ps + angle, size / 2, 1, direction);
        });
        return yBTHD;
    }

    /// <summary>Rotates one head: cosines times the one factor, sines times the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Turn(float* x, float* y, float* cos, float* sin, int half, float cosFactor, float sinFactor)
    {
        var i = 0;
        for (; i <= half - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var (a, b, c, s) = (Vector256.Load(x + i), Vector256.Load(x + half + i), Vector256.Load(cos + i) * cosFactor, Vector256.Load(sin + i) * sinFactor);
            (a * c - b * s).Store(y + i);
            (b * c + a * s).Store(y + half + i);
        }

        for (; i < half; i++)
        {
            var (a, b, c, s) = (x[i], x[half + i], cos[i] * cosFactor, sin[i] * sinFactor);
            y[i] = a * c - b * s;
            y[half + i] = b * c + a * s;
        }
    }
}
