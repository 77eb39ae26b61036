using Inheritune.Api;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>
/// The account of a run's attempts. One attempt is one pod of the train Job; what the status says of the last one known is carried
/// forward over the pods that have come and gone since, so that each end is counted once, whoever forgets the pod meanwhile.
/// </summary>
internal sealed record AttemptLedger
{
    public RunJob? Job { get; private init; }

    public RunAttempts Attempts { get; private init; } = new();

    public RunUsage Usage { get; private init; } = new();

    public RunFailure? LastFailure { get; private init; }

    /// <summary>How the newest attempt ended, where this look at it has found out.</summary>
    public AttemptEnd? End { get; private init; }

    /// <summary>The pod of the newest attempt, where it is still there.</summary>
    public PodReport? Pod { get; private init; }

    private AttemptEnd? Final => End is { IsFinal: true } ? End : null;

    /// <summary>The newest attempt's end, where that was counted as a failure.</summary>
    private AttemptEnd? Failure => LastFailure is { } last && last.PodName == Job?.PodName ? new(AttemptOutcome.Failed, last.Reason, last.Message, last.ExitCode) : null;

    public int Number => Job?.Attempt ?? 0;

    /// <summary>An attempt has begun and not ended.</summary>
    public bool IsOpen => Job is { PodName: not null, EndTime: null };

    /// <summary>When the next attempt may begin; null where it may at once.</summary>
    public DateTimeOffset? NextTry(Observation seen) => Pace.Next(seen.Run.Uid(), Attempts.WithoutProgress ?? 0, Job?.EndTime);

    /// <summary>How long a GPU has been held, over all attempts.</summary>
    public TimeSpan Held(DateTimeOffset now) =>
        TimeSpan.FromSeconds(Usage.GpuSeconds ?? 0) + (IsOpen && Job!.StartTime is { } start && now > start ? now - start : TimeSpan.Zero);

    public static AttemptLedger Settle(Observation seen)
    {
        var status = seen.Status;
        var ledger = new AttemptLedger { Job = status.Job, Attempts = status.Attempts ?? new(), Usage = status.Usage ?? new(), LastFailure = status.LastFailure };
        var known = seen.TrainPods.FirstOrDefault(pod => pod.Name == status.Job?.PodName);
        if (known is not null) ledger = ledger.Follow(known);
        if (known is null ? ledger.IsOpen : known.HasEnded || LossPolicy.IsLost(known, seen.Now)) ledger = ledger.Close(known, seen);
        foreach (var pod in seen.TrainPods.Where(pod => IsNew(pod, status.Job)))
        {
            if (ledger.IsLeaving(seen.Now) && pod.Began is null) break;
            // One that never ended to our knowledge cannot go on beside its successor.
            if (ledger.IsOpen) ledger = ledger.Close(ledger.Pod, seen);
            ledger = ledger.Open(pod, seen.Train is { } job && seen.Owns(job) ? job : null);
            if (pod.HasEnded || LossPolicy.IsLost(pod, seen.Now)) ledger = ledger.Close(pod, seen);
        }

        return ledger.IsOpen && Deadlines.IsStalled(seen, ledger) ? ledger.Count(Deadlines.Stall(seen), ledger.Pod, seen.Now, seen) : ledger;
    }

    /// <summary>An old Job controller replaces a pod as soon as it is to end; what it saves until then is not wasted.</summary>
    internal bool IsLeaving(DateTimeOffset now) => IsOpen && Pod is { HasEnded: false, Leaves: { } leaves } && leaves > now;

    /// <summary>Not yet counted. Pods know the second in which they were made, and a crash may take less.</summary>
    private static bool IsNew(PodReport pod, RunJob? last) =>
        last?.CreationTime is not { } time || pod.Created > time || (pod.Created == time && pod.Name != last.PodName && last.EarlierPods?.Contains(pod.Name) != true);

    private List<string>? Ties(PodReport pod) => Job?.PodName is { } name && Job.CreationTime == pod.Created ? [.. (Job.EarlierPods ?? []).TakeLast(3), name] : null;

    /// <param name="pod">The attempt.</param>
    /// <param name="job">Its Job, where that is still there. Named with its pod and not before: for its name alone a write would be too much.</param>
    private AttemptLedger Open(PodReport pod, V1Job? job) => (this with
    {
        Job = (Job ?? new()) with { Name = job?.Metadata.Name ?? Job?.Name ?? "", Uid = job?.Metadata.Uid ?? Job?.Uid ?? "", Attempt = Number + 1, PodName = pod.Name, NodeName = null, CreationTime = pod.Created, EarlierPods = Ties(pod), StartTime = null, EndTime = null },
        End = Final,
    }).Follow(pod);

    private AttemptLedger Follow(PodReport pod) =>
        this with { Pod = pod, Job = Job! with { NodeName = string.IsNullOrEmpty(pod.Node) ? Job.NodeName : pod.Node, StartTime = Job.StartTime ?? pod.Scheduled } };

    /// <param name="pod">Null when it has gone without a trace.</param>
    private AttemptLedger Close(PodReport? pod, Observation seen)
    {
        var end = pod is { HasEnded: true } ? ExitCodePolicy.Judge(pod)
            : pod is not null && LossPolicy.IsLost(pod, seen.Now) ? LossPolicy.End(pod)
            : new(AttemptOutcome.Disrupted, ConditionReasons.Disrupted, $"Pod {Job!.PodName} is gone");
        // What a lost node did after its last sign of life is no use of ours.
        if (IsOpen) return Count(end, pod, pod?.Ended ?? pod?.UnreachableSince ?? Left(seen), seen);
        // It was counted before; only its meaning is of interest. One that was given up stays a failure, whatever became of its pod.
        return this with { End = Final ?? (end.Outcome == AttemptOutcome.Disrupted ? Failure : null) ?? end };
    }

    /// <summary>When the newest attempt had ended at the latest: there is one at a time.</summary>
    private DateTimeOffset Left(Observation seen)
    {
        if (seen.TrainPods.Where(pod => pod.Created > Job!.CreationTime).MinBy(pod => pod.Created) is not { } next) return seen.Now;
        // An old Job controller makes the next one before this one has ended: what was saved before that one ran was saved by this one.
        var began = next.Began ?? seen.Now;
        var saved = new[] { seen.Status.Checkpoint?.Time, seen.Status.Progress?.ResumedTime }.Where(saved => saved <= began).Max();
        return saved > next.Created ? saved.Value : next.Created;
    }

    private AttemptLedger Count(AttemptEnd end, PodReport? pod, DateTimeOffset time, Observation seen)
    {
        var start = Job!.StartTime ?? time;
        // The newest checkpoint may already be the next attempt's, which says what it went on from. Pods know whole seconds, checkpoints parts of them.
        var saved = new[] { seen.Status.Checkpoint?.Time, seen.Status.Progress?.ResumedTime, start }.Where(saved => saved >= start && saved < time.AddSeconds(1)).Max() ?? start;
        var lost = end.Outcome == AttemptOutcome.Succeeded ? TimeSpan.Zero : time - saved;
        var failed = end.Outcome is AttemptOutcome.Failed or AttemptOutcome.Rejected;
        // A pause that the user asked for is no disruption.
        var isPause = end.Outcome == AttemptOutcome.Disrupted && seen.IsSuspended;
        var disrupted = end.Outcome == AttemptOutcome.Disrupted && !isPause;
        var hasProgress = end.Outcome == AttemptOutcome.Succeeded || saved > start || HasStepped(seen.Status.Progress, start, time);
        return this with
        {
            End = Final ?? end,
            Job = Job with { EndTime = time },
            Attempts = new() { Failed = Attempts.Failed + (failed ? 1 : 0), Disrupted = Attempts.Disrupted + (disrupted ? 1 : 0), WithoutProgress = hasProgress ? null : (Attempts.WithoutProgress ?? 0) + (isPause ? 0 : 1) },
            Usage = new() { GpuSeconds = (Usage.GpuSeconds ?? 0) + Seconds(time - start), WastedGpuSeconds = (Usage.WastedGpuSeconds ?? 0) + Seconds(lost) },
            LastFailure = !failed ? LastFailure : new()
            {
                Reason = end.Reason, ExitCode = end.ExitCode is >= 0 and <= 255 ? end.ExitCode : null, Message = Text.Fit(end.Message, Text.LongestFailure), PodName = Job.PodName, NodeName = Job.NodeName, Time = time,
            },
        };
    }

    /// <summary>The trainer came further than what it went on from, within this time.</summary>
    private static bool HasStepped(RunProgress? progress, DateTimeOffset start, DateTimeOffset end) =>
        progress?.UpdateTime is { } update && update >= start && update < end.AddSeconds(1) && progress.Step > (progress.ResumedStep ?? 0);

    private static long Seconds(TimeSpan time) => Math.Max(0, (long)time.TotalSeconds);
}
