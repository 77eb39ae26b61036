using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// GELU as GPT-2 has it (Hendrycks and Gimpel, 2016, with the tanh): x / 2 (1 + tanh u) = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
/// On a CPU in one pass, and one back.
/// </summary>
internal sealed unsafe class TanhGelu : OwnOperator<TanhGelu>
{
    private const float Cubic = 0.044715f;

    private static readonly float TwiceFactor = (float)(2 * Math.Sqrt(2 / Math.PI));

    /// <summary>GELU of each element.</summary>
    public static Tensor Of(Tensor x) => x.device_type == DeviceType.CPU && x.dtype == ScalarType.Float32 ? Run(x) : ByOperators(x);

    /// <summary>The same from libtorch's operators.</summary>
    internal static Tensor ByOperators(Tensor x) => nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh);

    protected override (Tensor Result, Tensor[] Kept) Forward(object[] inputs)
    {
        var x = ((Tensor)inputs[0]).contiguous();
        var y = empty_like(x);
        float* px = AtenDispatcher.Floats(x), py = AtenDispatcher.Floats(y);
        CpuThreads.InStretches(x.numel(), (from, count) => Forward(px + from, py + from, count));
        return (y, [x]);
    }

    protected override Tensor?[] Backward(object[] inputs, Tensor[] kept, Tensor gradient)
    {
        var xGradient = empty_like(kept[0]);
        float* px = AtenDispatcher.Floats(kept[0]), py = AtenDispatcher.Floats(gradient), pxg = AtenDispatcher.Floats(xGradient);
        CpuThreads.InStretches(xGradient.numel(), (from, count) => Backward(px + from, py + from, pxg + from, count));
        return [xGradient];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward(float* x, float* y, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var v = Vector512.Load(x + i);
            (v * Sigmoid(v)).Store(y + i);
        }

        for (; i < count; i++) y[i] = x[i] * Sigmoid(Vector512.CreateScalar(x[i]))[0];
    }

    /// <summary>With s = sigmoid(2 u): g (s + x s (1 - s) 2 u').</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward(float* x, float* gradient, float* xGradient, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count) (Vector512.Load(gradient + i) * Slope(Vector512.Load(x + i))).Store(xGradient + i);
        for (; i < count; i++) xGradient[i] = gradient[i] * Slope(Vector512.CreateScalar(x[i]))[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Slope(Vector512<float> x)
    {
        var s = Sigmoid(x);
        var twiceSlope = Vector512.Create(TwiceFactor) * (Vector512<float>.One + Vector512.Create(3 * Cubic) * x * x);
        return s + x * s * (Vector512<float>.One - s) * twiceSlope;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + Exponential.Of(Vector512.Create(-TwiceFactor) * (x + Vector512.Create(Cubic) * x * x * x)));
}
