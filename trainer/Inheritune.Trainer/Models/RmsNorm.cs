using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>RMSNorm (Zhang and Sennrich, 2019): x / sqrt(mean of x squared + epsilon) times a weight. On a CPU in one pass over x, and one back.</summary>
internal sealed unsafe class RmsNorm : OwnOperator<RmsNorm>
{
    /// <summary>Normalises the last dimension of <paramref name="x"/>, by <paramref name="weightC"/>'s size.</summary>
    public static Tensor Of(Tensor x, Tensor weightC, double epsilon) =>
        x.device_type == DeviceType.CPU && x.dtype == ScalarType.Float32 ? Run(x, weightC, epsilon) : ByOperators(x, weightC, epsilon);

    /// <summary>The same from libtorch's operators.</summary>
    internal static Tensor ByOperators(Tensor x, Tensor weightC, double epsilon) =>
        x * x.square().mean([-1], keepdim: true).Plus(epsilon).rsqrt() * weightC;

    protected override (Tensor Result, Tensor[] Kept) Forward(object[] inputs)
    {
        var (x, weightC, epsilon) = (((Tensor)inputs[0]).contiguous(), (Tensor)inputs[1], (float)(double)inputs[2]);
        var (y, factorN, size) = (empty_like(x), empty(x.numel() / weightC.numel()), (int)weightC.numel());
        float* px = AtenDispatcher.Floats(x), pw = AtenDispatcher.Floats(weightC), py = AtenDispatcher.Floats(y), pf = AtenDispatcher.Floats(factorN);
        CpuThreads.For(factorN.numel(), n => pf[n] = Normalise(px + n * size, pw, py + n * size, size, epsilon));
        return (y, [x, weightC, factorN]);
    }

    protected override Tensor?[] Backward(object[] inputs, Tensor[] kept, Tensor gradient)
    {
        var (x, weightC, factorN) = (kept[0], kept[1], kept[2]);
        var (xGradient, weightGradients, size) = (empty_like(x), zeros(CpuThreads.Count, weightC.numel()), (int)weightC.numel());
        float* px = AtenDispatcher.Floats(x), pw = AtenDispatcher.Floats(weightC), pf = AtenDispatcher.Floats(factorN), pg = AtenDispatcher.Floats(gradient);
        float* pxg = AtenDispatcher.Floats(xGradient), pwg = AtenDispatcher.Floats(weightGradients);
        CpuThreads.Divide(factorN.numel(), (thread, from, to) =>
        {
            for (var n = from; n < to; n++) Derive(px + n * size, pw, pg + n * size, pxg + n * size, pwg + (long)thread * size, size, pf[n]);
        });
        return [xGradient, weightGradients.sum([0L]), null];
    }

    /// <summary>y = x f w; returns f, one over the root of the mean square.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Normalise(float* x, float* w, float* y, int size, float epsilon)
    {
        var (sums, sum, i) = (Vector512<float>.Zero, 0f, 0);
        for (; i <= size - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var v = Vector512.Load(x + i);
            sums += v * v;
        }

        for (; i < size; i++) sum += x[i] * x[i];
        var factor = 1 / MathF.Sqrt((Vector512.Sum(sums) + sum) / size + epsilon);
        for (i = 0; i <= size - Vector512<float>.Count; i += Vector512<float>.Count) (Vector512.Load(x + i) * factor * Vector512.Load(w + i)).Store(y + i);
        for (; i < size; i++) y[i] = x[i] * factor * w[i];
        return factor;
    }

    /// <summary>xGradient = f g w - x f^3 / C (sum of g w x), and g x f is added to wGradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Derive(float* x, float* w, float* g, float* xGradient, float* wGradient, int size, float factor)
    {
        var (sums, sum, i) = (Vector512<float>.Zero, 0f, 0);
        for (; i <= size - Vector512<float>.Count; i += Vector512<float>.Count) sums += Vector512.Load(x + i) * Vector512.Load(w + i) * Vector512.Load(g + i);
        for (; i < size; i++) sum += x[i] * w[i] * g[i];
        var share = (Vector512.Sum(sums) + sum) * factor * factor * factor / size;
        for (i = 0; i <= size - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (vx, vg) = (Vector512.Load(x + i), Vector512.Load(g + i) * factor);
            (vg * Vector512.Load(w + i) - vx * share).Store(xGradient + i);
            (Vector512.Load(wGradient + i) + vg * vx).Store(wGradient + i);
        }

        for (; i < size; i++)
        {
            xGradient[i] = g[i] * factor * w[i] - x[i] * share;
            wGradient[i] += g[i] * factor * x[i];
        }
    }
}
