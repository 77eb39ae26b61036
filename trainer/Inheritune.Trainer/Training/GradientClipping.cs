using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>Clipping by global norm, as PyTorch's <c>clip_grad_norm_</c>; the optimizer divides, which saves a pass over the gradients.</summary>
public static class GradientClipping
{
    /// <summary>Keeps PyTorch's division by zero away.</summary>
    private const double Epsilon = 1e-6;

    /// <summary>Joint norm of all gradients.</summary>
    public static double Norm(IEnumerable<Tensor> parameters)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return stack(parameters.Select(p => p.grad!.norm()).ToList()).norm().item<float>();
    }

    /// <summary>What gradients are divided by so that their norm is at most <paramref name="maxNorm"/>; at most 1 where they stay, and for a limit of 0.</summary>
    public static double Divisor(double norm, double maxNorm) => maxNorm > 0 ? (norm + Epsilon) / maxNorm : 0;
}
