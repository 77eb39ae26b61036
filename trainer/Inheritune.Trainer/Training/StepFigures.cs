using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>What a step says of itself. It stays on the device until it is read: to read is to wait for everything that the device still has to do.</summary>
public sealed class StepFigures : IDisposable
{
    private readonly Tensor _values;

    private (double Loss, double GradientNorm)? _read;

    /// <summary>Takes scalars, which may not be computed yet; the divisor is null where nothing is clipped.</summary>
    internal StepFigures(Tensor loss, Tensor norm, Tensor? divisor)
    {
        using var scope = NewDisposeScope();
        _values = stack([loss.to(ScalarType.Float64), norm.to(ScalarType.Float64)]).DetachFromDisposeScope();
        Divisor = divisor?.DetachFromDisposeScope();
    }

    /// <summary>What the gradients are divided by.</summary>
    internal Tensor? Divisor { get; }

    /// <summary>The mean loss of the micro-batches, in nats per token, and the norm of the gradient before clipping.</summary>
    public (double Loss, double GradientNorm) Read()
    {
        if (_read is { } known) return known;
        using var host = _values.cpu();
        var values = host.data<double>();
        _read = (values[0], values[1]);
        return _read.Value;
    }

    public void Dispose()
    {
        _values.Dispose();
        Divisor?.Dispose();
    }
}
