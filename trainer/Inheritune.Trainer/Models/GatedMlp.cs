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

    /// <summary>Whether a gradient is asked for, and x is Float32 in host memory.</summary>
    public static bool Is(Tensor x) => is_grad_enabled() && x.device_type == DeviceType.CPU && x.dtype == ScalarType.Float32;

    /// <summary>[..., C] to [..., C].</summary>
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
        // From here on these are the gradient of gate, that of up, and h = silu(gate) up, where its gradient was.
        CpuThreads.InStretches(hNI.numel(), (from, count) => SwiGlu.Derive(gate + from, up + from, h + from, gate + from, up + from, h + from, count));
        Gradients.Add(weights.Down, yNC.t(), hNI);
        Gradients.Add(weights.Gate, gateNI.t(), xNC);
        Gradients.Add(weights.Up, upNI.t(), xNC);
        return [gateNI.mm(weights.Gate.detach()).addmm_(upNI, weights.Up.detach(), 1, 1).view(gradient.shape), null];
    }
}
