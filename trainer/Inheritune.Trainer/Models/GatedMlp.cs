using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// The MLP of a Llama: down (silu(gate x) times up x). On the way back silu(gate x) times up x is made again by the pass that needs its factors
/// anyway, all in the memory of what was kept, and the gradients of the weights are added where they belong.
/// </summary>
internal sealed unsafe class GatedMlp : OwnOperator<GatedMlp>
{
    /// <summary>Its weights, each [out, in]: Float32 in host memory.</summary>
    public sealed record Weights(Tensor Gate, Tensor Up, Tensor Down);

    /// <summary>Float32 [..., C] in host memory to [..., C].</summary>
    public static Tensor Of(Tensor x, Weights weights) => Run(x, weights);

    protected override (Tensor Result, Tensor[] Kept) Forward(object[] inputs)
    {
        var (x, weights) = ((Tensor)inputs[0], (Weights)inputs[1]);
        var xNC = x.reshape(-1, x.shape[^1]);
        var (gateNI, upNI) = (xNC.mm(weights.Gate.detach().t()), xNC.mm(weights.Up.detach().t()));
        return (SwiGlu.Of(gateNI, upNI).mm(weights.Down.detach().t()).view(x.shape), [xNC, gateNI, upNI]);
    }

    protected override Tensor?[] Backward(object[] inputs, Tensor[] kept, Tensor gradient)
    {
        var (weights, xNC, gateNI, upNI) = ((Weights)inputs[1], kept[0], kept[1], kept[2]);
        var yNC = gradient.view(xNC.shape);
        var hNI = yNC.mm(weights.Down.detach());
        float* gate = AtenDispatcher.Floats(gateNI), up = AtenDispatcher.Floats(upNI), h = AtenDispatcher.Floats(hNI);
        CpuThreads.InStretches(hNI.numel(), (from, count) => Derive(gate + from, up + from, h + from, count));
        Gradients.Add(weights.Down, yNC.t(), hNI);
        Gradients.Add(weights.Gate, gateNI.t(), xNC);
        Gradients.Add(weights.Up, upNI.t(), xNC);
        return [gateNI.mm(weights.Gate.detach()).addmm_(upNI, weights.Up.detach(), 1, 1).view(gradient.shape), null];
    }

    /// <summary>From gate, up and the gradient of h = silu(gate) up: the gradient of gate, that of up, and h, each in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Derive(float* gate, float* up, float* h, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (x, u, g) = (Vector512.Load(gate + i), Vector512.Load(up + i), Vector512.Load(h + i));
            var s = Vector512<float>.One / (Vector512<float>.One + Exponential.Of(-x));
            var silu = x * s;
            (g * u * (s + silu * (Vector512<float>.One - s))).Store(gate + i);
            (g * silu).Store(up + i);
            (silu * u).Store(h + i);
        }

        for (; i < count; i++)
        {
            var (x, u, g) = (gate[i], up[i], h[i]);
            var s = 1 / (1 + MathF.Exp(-x));
            (gate[i], up[i], h[i]) = (g * u * (s + x * s * (1 - s)), g * x * s, x * s * u);
        }
    }
}
