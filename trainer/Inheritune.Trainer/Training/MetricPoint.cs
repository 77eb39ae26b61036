namespace Inheritune.Trainer.Training;

/// <summary>One line of <c>metrics.jsonl</c>. A training line has <see cref="Loss"/>, an evaluation line <see cref="ValidationLoss"/>, the last of a profile neither.</summary>
public sealed record MetricPoint
{
    /// <summary>Optimizer steps completed.</summary>
    public required int Step { get; init; }

    /// <summary>Tokens trained on so far.</summary>
    public required long Tokens { get; init; }

    /// <summary>Mean training loss of this step's micro-batches, in nats per token.</summary>
    public double? Loss { get; init; }

    /// <summary>Validation loss of a quick evaluation before this step, in nats per token.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Norm of the gradient before clipping.</summary>
    public double? GradientNorm { get; init; }

    public double? LearningRate { get; init; }

    public double? TokensPerSecond { get; init; }

    /// <summary>Model FLOPs utilisation: share of the device's peak, 0 to 1.</summary>
    public double? Mfu { get; init; }

    /// <summary>Share of the training time since the last training line that went into getting data: 0 to 1.</summary>
    public double? DataWait { get; init; }

    /// <summary>With <c>--profile</c>: seconds since the last line by activity; they add up to the wall time.</summary>
    public IReadOnlyDictionary<string, double>? Activities { get; init; }

    /// <summary>With <c>--profile</c>: seconds since the last line inside libtorch's operators, by kind.</summary>
    public IReadOnlyDictionary<string, double>? Operators { get; init; }

    /// <summary>Resident memory of the process in bytes.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Seconds of training so far, over all attempts.</summary>
    public double? Seconds { get; init; }
}
