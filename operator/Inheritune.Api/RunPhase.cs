namespace Inheritune.Api;

/// <summary>Where a run is, in one word for scripts.</summary>
public enum RunPhase
{
    /// <summary>No trainer runs, and one is to.</summary>
    Pending,

    /// <summary>A trainer's process runs.</summary>
    Running,

    /// <summary>Paused by the spec, and its pod is gone.</summary>
    Suspended,
    Succeeded,
    Failed,
}
