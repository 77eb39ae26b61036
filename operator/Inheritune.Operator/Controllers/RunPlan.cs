using Inheritune.Api;
using k8s;

namespace Inheritune.Operator.Controllers;

/// <summary>What follows from an observation, and from nothing else.</summary>
/// <param name="Status">The operator's part of the status.</param>
/// <param name="Actions">What to do once the status says so.</param>
/// <param name="Next">When to look again if nothing happens before.</param>
/// <param name="Recovered">Results that the trainer could not write itself.</param>
/// <param name="Disruption">Why the cluster ended the newest attempt, in one word, if it did.</param>
internal sealed record RunPlan(InheritRunStatus Status, IReadOnlyList<ChildAction> Actions, DateTimeOffset? Next, RunResults? Recovered = null, string? Disruption = null)
{
    public static RunPlan Of(Observation seen)
    {
        // 1. What has ended stays so, whatever else is or is not there.
        if (seen.Status.IsFinished()) return Finished(seen);

        // 2. Attempts that have begun and ended since the last look.
        var ledger = AttemptLedger.Settle(seen);

        // 3. First the preflight, then the training.
        var validated = PreflightPolicy.HasPassed(seen);
        var step = validated ? TrainingPolicy.Of(seen, ledger) : PreflightPolicy.Of(seen);

        // 4. The user may pause it, but not what has come to its end.
        if (seen.IsSuspended && step.End is null) step = SuspendPolicy.Of(seen);

        // 5. It may come to an end: by its spec, its pods, or its time.
        var end = Changed(seen) ?? PreflightPolicy.AlreadyComplete(seen) ?? step.End ?? Forbidden(seen, step)
            ?? Deadlines.Check(seen, ledger, step.State);

        // 6. Nothing goes on while its Job is refused.
        if (seen.Refusal is { } refusal && step.Actions.Any(action => action.MakesJob)) step = step with { State = new(ConditionReasons.Pending, refusal) };

        // 7. A state that has just begun may be over before its words are written.
        var passing = end is null && step.State.Settles > seen.Now ? step.State.Settles : null;
        var state = passing is not null && seen.Status.Condition(ConditionTypes.Succeeded) is { } before ? new RunState(before.Reason, before.Message) : step.State;

        // 8. What its status will say; of an end, for ever.
        var status = new InheritRunStatus
        {
            ObservedGeneration = seen.Run.Metadata.Generation,
            StartTime = seen.Status.StartTime ?? seen.Now,
            CompletionTime = end is null ? null : seen.Now,
            SpecHash = seen.Status.SpecHash ?? SpecHash.Of(seen.Spec),
            Conditions = ConditionSet.Of(seen, ledger, state, end, validated),
            Job = ledger.Job,
            Attempts = ledger.Attempts,
            LastFailure = ledger.LastFailure,
            CheckpointBytes = seen.CheckpointBytes,
            Usage = ledger.Usage.GpuSeconds is null ? null : ledger.Usage,
        };
        var disruption = ledger.End is { Outcome: AttemptOutcome.Disrupted } last ? last.Reason : null;
        return end is null
            ? new(status, step.Actions, new[] { Deadlines.Next(seen, ledger), passing, Heard(seen, step) }.Min(), Disruption: disruption)
            : new(status, TerminalPolicy.Actions(seen, end.Succeeded), TerminalPolicy.Next(seen), Unwritten(seen.Status.Results, end.Results));
    }

    /// <summary>Pods that are there may go on; new ones are not made.</summary>
    private static RunEnd? Forbidden(Observation seen, RunStep step) =>
        seen.Forbidden is { } why && step.Actions.Any(action => action.MakesJob) ? RunEnd.Failed(ConditionReasons.InvalidSpec, why) : null;

    /// <summary>When a Job that is made now should have been heard of.</summary>
    private static DateTimeOffset? Heard(Observation seen, RunStep step) => step.Actions.Any(action => action.MakesJob) ? seen.Now + RunState.Moment : null;

    /// <summary>
    /// What the trainer said last, where its status does not say it: an API server that was down in the end may have the losses of the beginning.
    /// </summary>
    private static RunResults? Unwritten(RunResults? written, RunResults? said) =>
        said is not null && (written is null || KubernetesJson.Serialize(written) != KubernetesJson.Serialize(said)) ? said : null;

    private static RunPlan Finished(Observation seen)
    {
        var status = seen.Status;
        return new(
            StatusWriter.Own(status, seen.Run.Metadata.Generation),
            TerminalPolicy.Actions(seen, status.Is(ConditionTypes.Succeeded, ConditionStatus.True)),
            TerminalPolicy.Next(seen));
    }

    /// <summary>A server that knows CEL refuses this; an older one lets it pass.</summary>
    private static RunEnd? Changed(Observation seen) => seen.Status.SpecHash is { } hash && hash != SpecHash.Of(seen.Spec)
        ? RunEnd.Failed(ConditionReasons.InvalidSpec, "The spec was changed after the run was created; only spec.suspend, spec.deadlines.activeDeadlineSeconds and spec.ttlSecondsAfterFinished may change. Create a run with a new name")
        : null;
}
