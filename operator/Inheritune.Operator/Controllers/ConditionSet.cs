using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>The conditions of a run. The time of a condition is that of the last change of its status, not of its words.</summary>
internal sealed class ConditionSet(Observation seen)
{
    private readonly List<RunCondition> _conditions = [];

    /// <param name="seen">What is there.</param>
    /// <param name="ledger">The attempts.</param>
    /// <param name="state">What the run does, if it goes on.</param>
    /// <param name="end">Null when it goes on.</param>
    /// <param name="validated">The preflight has passed.</param>
    public static IReadOnlyList<RunCondition> Of(Observation seen, AttemptLedger ledger, RunState state, RunEnd? end, bool validated)
    {
        var set = new ConditionSet(seen);
        var failed = end is { Succeeded: false };
        if (end is null) set.Add(ConditionTypes.Succeeded, null, state.Reason, state.Message);
        else set.Add(ConditionTypes.Succeeded, end.Succeeded, end.Reason, end.Message);

        if (validated) set.Add(ConditionTypes.Validated, true, "PreflightPassed", "Reference, data and output fit the recipe");
        else if (failed) set.Add(ConditionTypes.Validated, false, end!.Reason, end.Message);
        else set.Add(ConditionTypes.Validated, null, "PreflightPending", "");

        set.AddScheduled(ledger, end);
        set.Add(ConditionTypes.Suspended, seen.IsSuspended && end is null, seen.IsSuspended && end is null ? "SuspendedBySpec" : "NotSuspended", "");
        var saved = seen.Status.Checkpoint is not null;
        set.Add(ConditionTypes.Checkpointed, saved, saved ? "CheckpointSaved" : "NoCheckpoint", saved ? "status.checkpoint says which" : "");

        var started = seen.Status.Is(ConditionTypes.Reconciling, ConditionStatus.False) || (ledger is { IsOpen: true, Pod: { } pod } && seen.HasReported(pod));
        set.Add(ConditionTypes.Reconciling, !started && end is null, started ? "TrainerStarted" : end is null ? "TrainerNotStarted" : "Finished", "");
        // Until the next attempt begins.
        var stalled = end is null && !ledger.IsOpen && ledger.LastFailure is { Reason: ConditionReasons.ProgressStalled } last && last.PodName == ledger.Job?.PodName;
        set.Add(ConditionTypes.Stalled, failed || stalled, failed ? end!.Reason : stalled ? ConditionReasons.ProgressStalled : "NotStalled", "");
        return set._conditions;
    }

    private void AddScheduled(AttemptLedger ledger, RunEnd? end)
    {
        if (ledger.Job?.StartTime is not null) Add(ConditionTypes.Scheduled, true, "PodScheduled", $"Node {ledger.Job.NodeName}");
        else if (end is null && ledger is { IsOpen: true, Pod: { Scheduled: null, Message.Length: > 0 } waiting }) Add(ConditionTypes.Scheduled, false, "Unschedulable", waiting.Message);
        else Add(ConditionTypes.Scheduled, null, "NoPod", "");
    }

    private void Add(string type, bool? holds, string reason, string message)
    {
        var status = holds switch { true => ConditionStatus.True, false => ConditionStatus.False, null => ConditionStatus.Unknown };
        // Of what the API server filled in there is no time.
        var before = seen.Status.Condition(type) is { Reason: not ConditionReasons.Waiting } known ? known : null;
        _conditions.Add(new()
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = Text.Fit(message),
            ObservedGeneration = seen.Run.Metadata.Generation,
            LastTransitionTime = before?.Status == status ? before.LastTransitionTime : seen.Now,
        });
    }
}
