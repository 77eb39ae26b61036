using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>What a step says of itself. It stays on the device until it is read: to read is to wait for everything that the device still has to do.</summary>
public sealed class StepFigures : IDisposable
{
    private readonly Tensor _values;

    private (double Loss, double GradientNorm)? _read;

    /// <summary>Takes two scalars, which may not be computed yet.</summary>
    internal StepFigures(Tensor loss, Tensor norm)
    {
        using var scope = NewDisposeScope();
        _values = stack([loss.to(ScalarType.Float64), norm.to(ScalarType.Float64)]).DetachFromDisposeScope();
    }

    /// <summary>The mean loss of the micro-batches, in nats per token, and the norm of the gradient before clipping.</summary>
    public (double Loss, double GradientNorm) Read() => _read ??= _values.cpu().data<double>() is var values ? (values[0], values[1]) : default;

    public void Dispose() => _values.Dispose();
}
