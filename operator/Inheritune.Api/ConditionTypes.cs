namespace Inheritune.Api;

/// <summary>Names of the conditions of a run.</summary>
public static class ConditionTypes
{
    /// <summary>The summary: Unknown while the run goes on, then True or False for ever. Its reason is the STATUS column.</summary>
    public const string Succeeded = "Succeeded";

    /// <summary>True once the run has come to its end, good or bad: what a script waits for.</summary>
    public const string Ended = "Ended";

    /// <summary>Reference, data and output were looked at without a GPU and fit the recipe.</summary>
    public const string Validated = "Validated";

    /// <summary>The trainer's pod has a node.</summary>
    public const string Scheduled = "Scheduled";

    /// <summary>The run is paused by its spec, and its pod is gone.</summary>
    public const string Suspended = "Suspended";

    /// <summary>There is a checkpoint from which a new attempt would continue.</summary>
    public const string Checkpointed = "Checkpointed";

    /// <summary>True until the trainer has started; kstatus, and with it Flux, takes True for "in progress".</summary>
    public const string Reconciling = "Reconciling";

    /// <summary>The run failed for good, or its trainer reports nothing; kstatus takes True for "failed".</summary>
    public const string Stalled = "Stalled";
}
