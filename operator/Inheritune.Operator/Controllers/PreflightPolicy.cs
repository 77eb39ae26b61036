using Inheritune.Api;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>No GPU is asked for before a Job without one has read the manifest, credentials, reference, data and output.</summary>
internal static class PreflightPolicy
{
    /// <summary>It has passed now or before. A Job that is complete is believed without its pod, but not before its pod.</summary>
    public static bool HasPassed(Observation seen) =>
        seen.IsValidated || (Own(seen) is { } job
            && (Ended(seen)?.Outcome == AttemptOutcome.Succeeded || (job.BelievedFrom() <= seen.Now && seen.PreflightPods.Count == 0)));

    /// <summary>The output held the result already.</summary>
    public static RunEnd? AlreadyComplete(Observation seen) =>
        !seen.IsValidated && Own(seen) is not null && Ended(seen) is { Reason: ConditionReasons.AlreadyComplete } end
            ? new(true, end.Reason, $"The output already holds the result of this recipe; nothing was trained{end.Remark}", end.Results) { Progress = end.Progress }
            : null;

    /// <summary>The count of those that ended without a verdict, each Job once; null while there is none.</summary>
    public static RunPreflights? Settle(Observation seen)
    {
        var before = seen.Status.Preflights;
        if (Own(seen) is not { } job || job.Uid() == before?.Uid || seen.IsSuspended || HasPassed(seen)) return before;
        // Of a Job that failed and whose pod is gone nobody knows why; not to count it would be to try for ever.
        var outcome = Ended(seen)?.Outcome ?? (seen.PreflightPods.Count == 0 && job.GivenUpFrom() <= seen.Now ? AttemptOutcome.Failed : null);
        return outcome is not (AttemptOutcome.Failed or AttemptOutcome.Disrupted) ? before : new()
        {
            Failed = (before?.Failed ?? 0) + (outcome == AttemptOutcome.Failed ? 1 : 0),
            Disrupted = (before?.Disrupted ?? 0) + (outcome == AttemptOutcome.Disrupted ? 1 : 0),
            Uid = job.Uid(),
            EndTime = Last(seen)?.Ended ?? seen.Now,
        };
    }

    /// <param name="seen">The run.</param>
    /// <param name="tries">Those that came to nothing, this look included.</param>
    public static RunStep Of(Observation seen, RunPreflights? tries)
    {
        var end = Ended(seen);
        if (tries?.Failed > seen.Spec.Retry.BackoffLimit) return new(Running, RetryPolicy.Exceeded(seen, end, $"{tries.Failed} preflights"));
        var next = Next(seen, tries);
        var pauses = next > seen.Now;
        if (seen.Preflight is null) return pauses ? new(Pausing(seen, next)) : new(Validating("The preflight Job is being made"), new ChildAction.CreatePreflight());
        if (Own(seen) is not { } job || job.IsGoing()) return new(Validating($"Waits until Job {seen.Preflight.Name()}, which is another or an earlier one, is gone"));
        if (end is { Outcome: AttemptOutcome.Rejected }) return OutputPolicy.Again(seen, job, end, Last(seen)) ?? new(Running, RunEnd.Failed(end.Reason, end.Message));
        if (tries?.Uid == job.Uid() && (end is not null || job.IsFailed()))
        {
            var pausing = end is null ? Pausing(seen, next) : Validating($"{end.Reason}: {end.Message}{Pace.Words(next)}");
            // Until then its pod stays with its log.
            return job.IsFailed() && !pauses ? new(pausing, new ChildAction.Delete(job)) : new(pausing);
        }

        var waiting = PodState.Of(job, Last(seen), seen.PodRefusal, seen.Trouble);
        return new(waiting is null ? TrainerReport.Trouble(seen, Last(seen)) ?? Running : waiting with { Message = $"Preflight: {waiting.Message}" });
    }

    /// <summary>When the next one may begin; null where it may at once.</summary>
    public static DateTimeOffset? Next(Observation seen, RunPreflights? tries) =>
        Pace.Next(seen.Run.Uid(), (tries?.Failed ?? 0) + (tries?.Disrupted ?? 0), tries?.EndTime);

    private static RunState Running { get; } = Validating("Looks at reference, data and output, without a GPU");

    private static RunState Validating(string message) => new(ConditionReasons.Validating, message);

    /// <summary>The pod is gone; the status remembers how it ended.</summary>
    private static RunState Pausing(Observation seen, DateTimeOffset? next) =>
        seen.Status.Condition(ConditionTypes.Succeeded) is { Reason: ConditionReasons.Validating, Message.Length: > 0 } last
            ? new(last.Reason, last.Message)
            : Validating($"The preflight ended without a verdict{Pace.Words(next)}");

    private static V1Job? Own(Observation seen) => seen.Preflight is { } job && seen.Owns(job) ? job : null;

    /// <summary>An old Job controller starts another pod at once, also after what is final.</summary>
    private static AttemptEnd? Ended(Observation seen)
    {
        var ends = seen.PreflightPods.Where(pod => pod.HasEnded).Select(ExitCodePolicy.Judge).ToArray();
        return Array.Find(ends, end => end.IsFinal) ?? (Last(seen) is { HasEnded: true } ? ends[^1] : null);
    }

    private static PodReport? Last(Observation seen) => seen.PreflightPods is [.., var last] ? last : null;
}
