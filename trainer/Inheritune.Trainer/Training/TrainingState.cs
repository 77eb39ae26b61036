namespace Inheritune.Trainer.Training;

/// <summary>Where a training run stands, apart from its tensors. Data order and dropout follow from the step and the seed.</summary>
public sealed record TrainingState
{
    /// <summary>Optimizer steps completed.</summary>
    public int Step { get; set; }

    /// <summary>Seconds spent training, over all attempts, evaluation and checkpoints not counted.</summary>
    public double Seconds { get; set; }

    /// <summary>Exponential mean of the loss, for the detection of divergence.</summary>
    public double SmoothedLoss { get; set; }

    /// <summary>Loss of the first step; 0 before it.</summary>
    public double FirstLoss { get; set; }

    /// <summary>Step before which the last quick evaluation was made, so that a resumed run does not repeat it; -1 for none.</summary>
    public int EvaluatedStep { get; set; } = -1;

    /// <summary>Length of the metrics file at this step, in bytes; what stands behind it is dropped on resume.</summary>
    public long MetricsBytes { get; set; }

    /// <summary>Longest time that a checkpoint before this one took until it was in its final place, in seconds.</summary>
    public double SaveSeconds { get; set; }

    /// <summary>Longest time for which one held up the training, in seconds.</summary>
    public double StandstillSeconds { get; set; }

    /// <summary>Threads of libtorch: results are bit-identical only among runs with the same number.</summary>
    public int Threads { get; set; }
}
