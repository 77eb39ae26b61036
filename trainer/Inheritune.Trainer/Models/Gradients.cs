using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>Gradients of parameters that are added where they belong, and not first made by themselves.</summary>
internal static class Gradients
{
    /// <summary>The gradient of a parameter, and whether it has just been allocated and has no values yet.</summary>
    public static (Tensor Gradient, bool IsFresh) Of(Tensor parameter)
    {
        if (parameter.grad is { } gradient) return (gradient, false);
        parameter.grad = empty_like(parameter);
        return (parameter.grad!, true);
    }

    /// <summary>Adds the product of two matrices.</summary>
    public static void Add(Tensor parameter, Tensor left, Tensor right)
    {
        var (gradient, isFresh) = Of(parameter);
        gradient.addmm_(left, right, isFresh ? 0 : 1, 1);
    }
}
