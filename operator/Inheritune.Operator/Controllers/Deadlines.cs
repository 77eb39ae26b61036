using Inheritune.Api;
using Inheritune.Operator.Children;

namespace Inheritune.Operator.Controllers;

/// <summary>The three limits of a run: to its start, of its activity over all attempts, and of its trainer's silence.</summary>
internal static class Deadlines
{
    /// <summary>After what time an operator that hears nothing looks again.</summary>
    private static readonly TimeSpan Deaf = TimeSpan.FromMinutes(1);

    /// <summary>How the run ends because a limit has passed; null when none has.</summary>
    /// <param name="state">What it waits for at present.</param>
    public static RunEnd? Check(Observation seen, AttemptLedger ledger, RunState state)
    {
        if (StartDue(seen) is { } start && seen.Now >= start)
        {
            var reason = state.IsImageTrouble ? ConditionReasons.ImagePullFailed : ConditionReasons.StartDeadlineExceeded;
            return RunEnd.Failed(reason, $"The trainer did not start within {seen.Spec.Deadlines.StartDeadlineSeconds} s (spec.deadlines.startDeadlineSeconds). {state.Reason}: {state.Message}");
        }

        return ActiveDue(seen, ledger) is { } active && seen.Now >= active
            ? RunEnd.Failed(ConditionReasons.DeadlineExceeded, $"The run was active for {seen.Spec.Deadlines.ActiveDeadlineSeconds} s (spec.deadlines.activeDeadlineSeconds); its last checkpoint is kept")
            : null;
    }

    /// <summary>When time alone changes something; null when it will not.</summary>
    public static DateTimeOffset? Next(Observation seen, AttemptLedger ledger)
    {
        return new[] { StartDue(seen), ActiveDue(seen, ledger), ledger.IsOpen ? SilenceDue(seen, ledger.Pod) : null, ledger.IsLeaving(seen.Now) ? ledger.Pod!.Leaves : null, Later(seen.Preflight?.BelievedFrom()), Later(seen.Train?.BelievedFrom()), Later(seen.Preflight?.GivenUpFrom()), Later(seen.Train?.GivenUpFrom()), LossPolicy.Next(seen) }.Min();

        DateTimeOffset? Later(DateTimeOffset? time) => time > seen.Now ? time : null;
    }

    public static bool IsStalled(Observation seen, AttemptLedger ledger) => StallDue(seen, ledger.Pod) is { } due && seen.Now >= due;

    /// <summary>Since when a trainer runs of which nobody has heard a word for too long; null where there is none.</summary>
    public static DateTimeOffset? UnheardSince(Observation seen, PodReport pod) =>
        pod is { RunningSince: { } since, UnreachableSince: null } && !seen.HasReported(pod) && seen.Now >= since.AddSeconds(Silence(seen)) ? since : null;

    public static AttemptEnd Stall(Observation seen) =>
        new(AttemptOutcome.Failed, ConditionReasons.ProgressStalled, $"The trainer reported nothing for {Silence(seen)} s (spec.deadlines.progressTimeoutSeconds)");

    private static int Silence(Observation seen) => Liveness.SilenceSeconds(seen.Spec);

    private static DateTimeOffset? StartDue(Observation seen)
    {
        if (seen.Spec.Deadlines.StartDeadlineSeconds is not { } seconds || seen.IsSuspended || seen.Status.Is(ConditionTypes.Reconciling, ConditionStatus.False)) return null;
        // The time of a pause does not count: the wait begins anew with its end.
        var resumed = seen.Status.Condition(ConditionTypes.Suspended) is { Status: ConditionStatus.False } condition ? condition.LastTransitionTime : default;
        var begun = seen.Status.StartTime ?? seen.Now;
        return (resumed > begun ? resumed : begun).AddSeconds(seconds);
    }

    private static DateTimeOffset? ActiveDue(Observation seen, AttemptLedger ledger) =>
        seen.Spec.Deadlines.ActiveDeadlineSeconds is { } seconds && (ledger is { IsOpen: true, Job.StartTime: not null } || ledger.Held(seen.Now).TotalSeconds >= seconds)
            ? seen.Now + (TimeSpan.FromSeconds(seconds) - ledger.Held(seen.Now))
            : null;

    /// <summary>When a silence is to be looked at.</summary>
    private static DateTimeOffset? SilenceDue(Observation seen, PodReport? pod)
    {
        if (pod?.RunningSince is not { } since) return null;
        if (seen.HearingSince is null) return seen.Now + Deaf;
        return seen.HasReported(pod) ? StallDue(seen, pod) : since.AddSeconds(Silence(seen)) is var due && due > seen.Now ? due : null;
    }

    /// <summary>
    /// Null where silence proves nothing: the operator could not have heard, or the trainer was never heard in this attempt, and may be kept from the API
    /// server by its network. Then the liveness of its pod decides.
    /// </summary>
    private static DateTimeOffset? StallDue(Observation seen, PodReport? pod)
    {
        if (pod is not { Leaves: null, UnreachableSince: null } || !seen.HasReported(pod) || seen.HearingSince is not { } hearing) return null;
        var heard = seen.Status.Progress!.UpdateTime!.Value;
        return (heard > hearing ? heard : hearing).AddSeconds(Silence(seen));
    }
}
