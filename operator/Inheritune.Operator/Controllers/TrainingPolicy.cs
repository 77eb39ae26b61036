using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>One Job with one pod is one attempt; another Job follows, whenever there is none and the run has not ended.</summary>
internal static class TrainingPolicy
{
    public static RunStep Of(Observation seen, AttemptLedger ledger) => new(State(seen, ledger), Completed(seen, ledger) ?? RetryPolicy.Check(seen, ledger), Actions(seen, ledger));

    private static RunEnd? Completed(Observation seen, AttemptLedger ledger)
    {
        if (ledger.End is { Outcome: AttemptOutcome.Succeeded } end) return new(true, end.Reason, Summary(end.Results ?? seen.Status.Results) + end.Remark, end.Results) { Progress = end.Progress };
        // Its pod, and with it what it said last, has been deleted meanwhile.
        return seen.Train is { } job && seen.Owns(job) && job.BelievedFrom() <= seen.Now && seen.TrainPods.Count == 0 ? new(true, ConditionReasons.Completed, Summary(seen.Status.Results)) : null;
    }

    private static string Summary(RunResults? results) => results is { Final: { } final }
        ? $"Final validation loss {final.Loss}{(results.Reference is { } reference ? $", reference {reference.Loss}" : "")}"
        : "The trainer finished";

    private static ChildAction[] Actions(Observation seen, AttemptLedger ledger)
    {
        // An attempt that was given up while its pod still runs.
        var lingers = seen.TrainPods.Any(pod => !pod.HasEnded && !seen.IsDeserted(pod)) && !ledger.IsOpen;
        var pauses = ledger.NextTry(seen) > seen.Now;
        if (seen.Train is not { } job)
            return lingers || ledger.IsOpen || pauses ? [] : [new ChildAction.CreateTrain(ledger.Number + 1, GracePolicy.Seconds(seen), seen.Deserted.Count > 0)];
        if (!seen.Owns(job) || job.IsGoing()) return [];
        // A Job that has failed makes no pod any more; until the next one follows, its last pod stays with its log.
        var isOver = job.IsFailed() && !ledger.IsOpen && (seen.PodsOf(job).Any() || job.GivenUpFrom() <= seen.Now);
        return lingers || (isOver && !pauses) ? [new ChildAction.Delete(job)] : [];
    }

    private static RunState State(Observation seen, AttemptLedger ledger)
    {
        if (seen.Train is not { } job) return Between(seen, ledger) ?? new(ConditionReasons.Pending, "The training Job is being made");
        if (!seen.Owns(job)) return new(ConditionReasons.Pending, $"Waits until Job {job.Name()}, which is not of this run, is gone");
        if (job.Spec.Suspend == true) return PodState.Of(job, null)!;
        if (seen.PodRefusal is { } refusal) return PodState.Of(job, null, refusal)!;
        if (Between(seen, ledger) is { } between) return between;
        var pod = ledger.IsOpen ? ledger.Pod : null;
        if (PodState.Of(job, pod, trouble: seen.Trouble) is { } waiting) return waiting;
        if (pod!.UnreachableSince is { } silent)
            return Disrupted($"Node {pod.Node} does not answer since {Pace.Time(silent)}; pod {pod.Name} may still run there. It costs no retry");
        // Of a node that does not answer nobody knows whether it still trains.
        if (pod.IsDisrupted) return new(ConditionReasons.Disrupted, $"{(pod.Cause.Length > 0 ? pod.Cause : ConditionReasons.Disrupted)}: {(pod.Message.Length > 0 ? pod.Message : "the cluster takes the pod away")}; pod {pod.Name} on node {pod.Node} has not ended yet");
        return TrainerReport.State(seen, pod) ?? new(
            ConditionReasons.Starting,
            Deadlines.UnheardSince(seen, pod) is { } since
                ? $"No word from the trainer since {Pace.Time(since)}, its pod is running: {pod.Name} on node {pod.Node}"
                : $"Pod {pod.Name} started on node {pod.Node}; its trainer has not reported yet");
    }

    private static RunState Disrupted(string message) => new(ConditionReasons.Disrupted, message);

    private static string Takeover(Observation seen) => seen.Train is { } job && LossPolicy.DesertedFrom(job, seen.PodsOf(job)) is { } time
        ? $"; another Job goes on from the last checkpoint at {Pace.Time(time)}, or as soon as pod and Job are gone"
        : "; another Job goes on from the last checkpoint";

    /// <summary>Between an attempt and the next.</summary>
    private static RunState? Between(Observation seen, AttemptLedger ledger) => ledger.End switch
    {
        { Reason: LossPolicy.Reason } end when ledger.Pod is { HasEnded: false } => Disrupted($"{end.Reason}: {end.Message}{Takeover(seen)}"),
        { Outcome: AttemptOutcome.Disrupted } end =>
            Disrupted($"{end.Reason}: {end.Message}; the next attempt continues from the last checkpoint{Pace.Words(ledger.NextTry(seen))}"),
        { Outcome: AttemptOutcome.Failed } end => new(
            ConditionReasons.Retrying, $"{end.Reason}: {end.Message}; failures so far: {ledger.Attempts.Failed}{Pace.Words(ledger.NextTry(seen))}"),
        // The pod is gone meanwhile; the status remembers how it ended.
        null when ledger.Job?.EndTime is not null && seen.Status.Condition(ConditionTypes.Succeeded) is { Reason: ConditionReasons.Disrupted or ConditionReasons.Retrying } last => new(last.Reason, last.Message),
        null when ledger.NextTry(seen) is { } next && next > seen.Now => Disrupted($"Attempt {ledger.Number} came to nothing{Pace.Words(next)}"),
        _ => null,
    };
}
