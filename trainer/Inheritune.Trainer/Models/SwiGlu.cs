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
        CpuThreads.InStretches(gate.numel(), (from, count) => Derive(pg + from, pu + from, py + from, pgg + from, pug + from, null, count));
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

    /// <summary>
    /// With s = sigmoid(gate): the gate's gradient is g up s (1 + gate (1 - s)), that of up is g gate s. Each result may take the place of what it is made from.
    /// </summary>
    /// <param name="gate">First factor's argument.</param>
    /// <param name="up">Second factor.</param>
    /// <param name="gradient">g, of the product.</param>
    /// <param name="gateGradient">Result.</param>
    /// <param name="upGradient">Result.</param>
    /// <param name="product">Result: gate s up once more; null where nobody wants it.</param>
    /// <param name="count">Elements of each.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Derive(float* gate, float* up, float* gradient, float* gateGradient, float* upGradient, float* product, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (x, u, g) = (Vector512.Load(gate + i), Vector512.Load(up + i), Vector512.Load(gradient + i));
            var s = Vector512<float>.One / (Vector512<float>.One + Exponential.Of(-x));
            (g * u * s * (Vector512<float>.One + x * (Vector512<float>.One - s))).Store(gateGradient + i);
            (g * x * s).Store(upGradient + i);
            if (product != null) (x * s * u).Store(product + i);
        }

        for (; i < count; i++)
        {
            var (x, u, g) = (gate[i], up[i], gradient[i]);
            var s = 1 / (1 + MathF.Exp(-x));
            gateGradient[i] = g * u * s * (1 + x * (1 - s));
            upGradient[i] = g * x * s;
            if (product != null) product[i] = x * s * u;
        }
    }
}
