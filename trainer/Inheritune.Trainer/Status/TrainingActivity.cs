namespace Inheritune.Trainer.Status;

/// <summary>What a training is busy with.</summary>
public enum TrainingActivity
{
    /// <summary>What none of the others is.</summary>
    Other,
    Data,
    Forward,

    /// <summary>Head and loss, forward and backward in one.</summary>
    Head,
    Backward,

    /// <summary>The gradient's norm, clipping and AdamW.</summary>
    Optimizer,
    Evaluation,
    Checkpoint,

    /// <summary>Log, metrics file and status.</summary>
    Status,
}
