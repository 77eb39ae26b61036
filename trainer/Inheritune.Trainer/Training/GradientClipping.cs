using Inheritune.Trainer.Native;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>Clipping by global norm, as PyTorch's <c>clip_grad_norm_</c>; the optimizer divides, which saves a pass over the gradients.</summary>
public static class GradientClipping
{
    /// <summary>Keeps PyTorch's division by zero away.</summary>
    private const double Epsilon = 1e-6;

    /// <summary>Joint norm of all gradients: a Float32 scalar on their device.</summary>
    public static Tensor Norm(IEnumerable<Tensor> parameters)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return stack(parameters.Select(p => p.grad!.norm()).ToList()).norm().MoveToOuterDisposeScope();
    }

    /// <summary>What gradients are divided by so that their norm is at most <paramref name="maxNorm"/>; 1 where they stay.</summary>
    public static Tensor Divisor(Tensor norm, double maxNorm)
    {
        using var scope = NewDisposeScope();
        return norm.to(ScalarType.Float64).Plus(Epsilon).Over(maxNorm).AtLeast(1).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
