using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>Clipping by global norm, as PyTorch's <c>clip_grad_norm_</c>; TorchSharp's takes only parameters of modules.</summary>
public static class GradientClipping
{
    /// <summary>Keeps PyTorch's division by zero away.</summary>
    private const double Epsilon = 1e-6;

    /// <summary>Scales all gradients down so that their joint norm is at most <paramref name="maxNorm"/>; 0 leaves them.</summary>
    /// <returns>The norm before clipping.</returns>
    public static double Clip(IEnumerable<Tensor> parameters, double maxNorm)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var gradients = parameters.Select(p => p.grad!).ToList();
        var norm = stack(gradients.Select(g => g.norm()).ToList()).norm().item<float>();
        var scale = maxNorm / (norm + Epsilon);
        if (maxNorm > 0 && scale < 1)
            foreach (var gradient in gradients) gradient.mul_(scale);
        return norm;
    }
}
