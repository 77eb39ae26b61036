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
        set.Add(ConditionTypes.Ended, end is not null, end?.Reason ?? "GoesOn", "");

        if (validated) set.Add(ConditionTypes.Validated, true, "PreflightPassed", "Reference, data and output fit the recipe");
        else if (failed) set.Add(ConditionTypes.Validated, false, end!.Reason, end.Message);
        else set.Add(ConditionTypes.Validated, null, "PreflightPending", "");

        set.AddScheduled(ledger, end);
        var pause = end is null && state.Reason is ConditionReasons.Suspending or ConditionReasons.Suspended ? state.Reason : "NotSuspended";
        var suspended = pause == ConditionReasons.Suspended;
        set.Add(ConditionTypes.Suspended, suspended, suspended ? "SuspendedBySpec" : pause, "");
        var saved = seen.Status.Checkpoint is not null;
        set.Add(ConditionTypes.Checkpointed, saved, saved ? "CheckpointSaved" : "NoCheckpoint", saved ? "status.checkpoint says which" : "");

        var started = seen.Status.Is(ConditionTypes.Reconciling, ConditionStatus.False) || (ledger is { IsOpen: true, Pod: { } pod } && seen.HasReported(pod));
        set.Add(ConditionTypes.Reconciling, !started && end is null, started ? "TrainerStarted" : end is null ? "TrainerNotStarted" : "Finished", "");
        // Until the next attempt begins.
        var stalled = end is null && !ledger.IsOpen && ledger.LastFailure is { Reason: ConditionReasons.ProgressStalled } last && last.PodName == ledger.Job?.PodName;
        set.Add(ConditionTypes.Stalled, failed || stalled, failed ? end!.Reason : stalled ? ConditionReasons.ProgressStalled : "NotStalled", "");
        return set._conditions;
    }

    /// <summary>The conditions of a run that has ended, with what an earlier version did not write.</summary>
    public static IReadOnlyList<RunCondition> Ended(InheritRunStatus status)
    {
        if (status.Condition(ConditionTypes.Ended) is not null) return status.Conditions;
        var end = status.Condition(ConditionTypes.Succeeded)!;
        return
        [
            .. status.Conditions,
            new()
            {
                Type = ConditionTypes.Ended, Status = ConditionStatus.True, Reason = end.Reason,
                ObservedGeneration = end.ObservedGeneration, LastTransitionTime = end.LastTransitionTime,
            },
        ];
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
