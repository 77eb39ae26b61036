using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>SwiGLU (Shazeer, 2020): silu(gate) times up. On a CPU in one pass, and one back.</summary>
internal sealed unsafe class SwiGlu : OwnOperator<SwiGlu>
{
    /// <summary>silu(gate) times up, element by element.</summary>
    public static Tensor Of(Tensor gate, Tensor up) =>
        gate.device_type == DeviceType.CPU && gate.dtype == ScalarType.Float32 ? Run(gate, up) : ByOperators(gate, up);

    /// <summary>The same from libtorch's operators.</summary>
    internal static Tensor ByOperators(Tensor gate, Tensor up) => nn.functional.silu(gate) * up;

    protected override (Tensor Result, Tensor[] Kept) Forward(object[] inputs)
    {
        var (gate, up) = (((Tensor)inputs[0]).contiguous(), ((Tensor)inputs[1]).contiguous());
        var y = empty_like(gate);
        float* pg = AtenDispatcher.Floats(gate), pu = AtenDispatcher.Floats(up), py = AtenDispatcher.Floats(y);
        CpuThreads.InStretches(gate.numel(), (from, count) => Forward(pg + from, pu + from, py + from, count));
        return (y, [gate, up]);
    }

    protected override Tensor?[] Backward(object[] inputs, Tensor[] kept, Tensor gradient)
    {
        var (gate, up) = (kept[0], kept[1]);
        var (gateGradient, upGradient) = (empty_like(gate), empty_like(up));
        float* pg = AtenDispatcher.Floats(gate), pu = AtenDispatcher.Floats(up), py = AtenDispatcher.Floats(gradient);
        float* pgg = AtenDispatcher.Floats(gateGradient), pug = AtenDispatcher.Floats(upGradient);
        CpuThreads.InStretches(gate.numel(), (from, count) => Backward(pg + from, pu + from, py + from, pgg + from, pug + from, count));
        return [gateGradient, upGradient];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward(float* gate, float* up, float* y, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var g = Vector512.Load(gate + i);
            (g / (Vector512<float>.One + Exponential.Of(-g)) * Vector512.Load(up + i)).Store(y + i);
        }

        for (; i < count; i++) y[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
    }

    /// <summary>With s = sigmoid(gate): the gate's gradient is g up s (1 + gate (1 - s)), that of up is g gate s.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward(float* gate, float* up, float* gradient, float* gateGradient, float* upGradient, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (x, g) = (Vector512.Load(gate + i), Vector512.Load(gradient + i));
            var s = Vector512<float>.One / (Vector512<float>.One + Exponential.Of(-x));
            (g * Vector512.Load(up + i) * s * (Vector512<float>.One + x * (Vector512<float>.One - s))).Store(gateGradient + i);
            (g * x * s).Store(upGradient + i);
        }

        for (; i < count; i++)
        {
            var s = 1 / (1 + MathF.Exp(-gate[i]));
            gateGradient[i] = gradient[i] * up[i] * s * (1 + gate[i] * (1 - s));
            upGradient[i] = gradient[i] * gate[i] * s;
        }
    }
}
