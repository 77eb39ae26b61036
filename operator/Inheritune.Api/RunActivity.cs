namespace Inheritune.Api;

/// <summary>What a trainer is busy with.</summary>
public enum RunActivity
{
    /// <summary>Reads the reference, inherits and tokenizes.</summary>
    Staging,
    Training,
    Evaluating,
    Checkpointing,
}
