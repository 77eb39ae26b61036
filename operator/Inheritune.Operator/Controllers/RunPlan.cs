using Inheritune.Api;
using k8s;

namespace Inheritune.Operator.Controllers;

/// <summary>What follows from an observation, and from nothing else.</summary>
/// <param name="Status">The operator's part of the status.</param>
/// <param name="Actions">What to do once the status says so.</param>
/// <param name="Next">When to look again if nothing happens before.</param>
/// <param name="Recovered">What the trainer could not write itself.</param>
/// <param name="Disruption">Why the cluster ended the newest attempt, in one word, if it did.</param>
internal sealed record RunPlan(InheritRunStatus Status, IReadOnlyList<ChildAction> Actions, DateTimeOffset? Next, RecoveredWords? Recovered = null, string? Disruption = null)
{
    /// <summary>It gives a trainer up because nothing was heard of it.</summary>
    /// <param name="before">The status that it follows.</param>
    public bool FindsSilence(InheritRunStatus before) =>
        Status.LastFailure is { Reason: ConditionReasons.ProgressStalled } last && last.PodName != before.LastFailure?.PodName;

    public static RunPlan Of(Observation seen)
    {
        // 1. What has ended stays so, whatever else is or is not there.
        if (seen.HasEnded) return Finished(seen);

        // 2. Attempts that have begun and ended since the last look.
        var ledger = AttemptLedger.Settle(seen);

        // 3. First the preflight, then the training.
        var validated = PreflightPolicy.HasPassed(seen);
        var tries = PreflightPolicy.Settle(seen);
        var step = validated ? TrainingPolicy.Of(seen, ledger) : PreflightPolicy.Of(seen, tries);

        // 4. The output is one run's. The user may pause it, but not what has come to its end.
        step = seen.IsSuspended && step.End is null ? SuspendPolicy.Of(seen) : OutputPolicy.Of(seen, ledger, step);

        // 5. It may come to an end: by its spec, its pods, or its time.
        var changed = Changed(seen);
        var end = changed ?? PreflightPolicy.AlreadyComplete(seen) ?? step.End ?? Forbidden(seen, step)
            ?? Deadlines.Check(seen, ledger, step.State);

        // 6. Nothing goes on while the API server refuses what is to be done for it.
        if (seen.Refusal is { } refusal && step.Actions.Count > 0)
        {
            var word = step.Actions.Any(action => action.MakesJob) ? ConditionReasons.Pending : step.State.Reason;
            step = step with { State = new(word, refusal.Message) { Since = refusal.Since } };
        }

        // 7. A state that has just begun may be over before its words are written.
        var passing = end is null && step.State.Settles > seen.Now ? step.State.Settles : null;
        var state = passing is not null && seen.Status.Condition(ConditionTypes.Succeeded) is { } before
            ? new RunState(before.Reason, before.Message) { Summary = seen.Status.Summary ?? before.Reason }
            : step.State;

        // 8. What its status will say; of an end, for ever.
        var status = new InheritRunStatus
        {
            ObservedGeneration = seen.Run.Metadata.Generation,
            Phase = Phase(ledger, state, end),
            StartTime = seen.Status.StartTime ?? seen.Now,
            CompletionTime = end is null ? null : seen.Now,
            SpecHash = changed is null ? SpecHash.Of(seen.Spec) : seen.Status.SpecHash,
            Summary = end?.Reason ?? state.Summary,
            Conditions = ConditionSet.Of(seen, ledger, state, end, validated),
            Preflights = tries,
            Job = ledger.Job,
            Attempts = ledger.Attempts,
            LastFailure = ledger.LastFailure,
            CheckpointBytes = seen.CheckpointBytes,
            Usage = ledger.Usage.GpuSeconds is null ? null : ledger.Usage,
        };
        var retry = (validated ? ledger.NextTry(seen) : PreflightPolicy.Next(seen, tries)) is { } next && next > seen.Now ? next : (DateTimeOffset?)null;
        var disruption = ledger.End is { Outcome: AttemptOutcome.Disrupted } last ? last.Reason : null;
        return end is null
            ? new(
                status, [.. step.Actions.Union(SidecarPolicy.Actions(seen))],
                new[] { Deadlines.Next(seen, ledger), passing, step.State.Until, Heard(seen, step), SidecarPolicy.Next(seen), retry }.Min(), Disruption: disruption)
            : new(status, TerminalPolicy.Actions(seen), TerminalPolicy.Next(seen), RecoveredWords.Of(seen, end));
    }

    /// <summary>Pods that are there may go on; new ones are not made.</summary>
    private static RunEnd? Forbidden(Observation seen, RunStep step) =>
        seen.Forbidden is { } why && step.Actions.Any(action => action.MakesJob) ? RunEnd.Failed(ConditionReasons.InvalidSpec, why) : null;

    /// <summary>When a Job that is made now should have been heard of, or what was refused may be tried again.</summary>
    private static DateTimeOffset? Heard(Observation seen, RunStep step) =>
        step.Actions.Count > 0 && seen.Refusal?.Retry is { } retry && retry > seen.Now ? retry
        : step.Actions.Any(action => action.MakesJob) ? seen.Now + RunState.Moment
        : null;

    private static RunPhase Phase(AttemptLedger ledger, RunState state, RunEnd? end) =>
        end is not null ? end.Succeeded ? RunPhase.Succeeded : RunPhase.Failed
        : state.Reason == ConditionReasons.Suspended ? RunPhase.Suspended
        : ledger is { IsOpen: true, Pod.RunningSince: not null } ? RunPhase.Running
        : RunPhase.Pending;

    private static RunPlan Finished(Observation seen)
    {
        var status = seen.Status;
        var succeeded = status.Is(ConditionTypes.Succeeded, ConditionStatus.True);
        return new(
            StatusWriter.Own(status, seen.Run.Metadata.Generation) with
            {
                Phase = succeeded ? RunPhase.Succeeded : RunPhase.Failed,
                // One that ended before there was a summary gets it.
                Summary = status.Summary ?? status.Condition(ConditionTypes.Succeeded)!.Reason,
                Conditions = ConditionSet.Ended(status),
            },
            TerminalPolicy.Actions(seen),
            TerminalPolicy.Next(seen) is { } next ? new[] { next, seen.Refusal?.Retry }.Max() : null);
    }

    /// <summary>
    /// A server that knows CEL refuses this; an older one lets it pass. A spec of the generation that was looked at before is as it was then:
    /// where its digest differs all the same, another version of the operator made it, with other defaults, and it is made anew.
    /// </summary>
    private static RunEnd? Changed(Observation seen) =>
        seen.Status.SpecHash is { } hash && seen.Status.ObservedGeneration != seen.Run.Metadata.Generation && hash != SpecHash.Of(seen.Spec)
            ? RunEnd.Failed(ConditionReasons.InvalidSpec, "The spec was changed after the run was created; only spec.suspend, spec.deadlines.activeDeadlineSeconds and spec.ttlSecondsAfterFinished may change. Create a run with a new name")
            : null;
}
