using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>No GPU is asked for before a Job without one has read the manifest, credentials, reference, data and output.</summary>
internal static class PreflightPolicy
{
    /// <summary>It has passed now or before. A Job that is complete is believed without its pod, but not before its pod.</summary>
    public static bool HasPassed(Observation seen) =>
        seen.IsValidated || (Own(seen) is { } job && (Ended(seen)?.Outcome == AttemptOutcome.Succeeded || (job.BelievedFrom() <= seen.Now && seen.PreflightPods.Count == 0)));

    /// <summary>The output held the result already.</summary>
    public static RunEnd? AlreadyComplete(Observation seen) =>
        !seen.IsValidated && Own(seen) is not null && Ended(seen) is { Reason: ConditionReasons.AlreadyComplete } end
            ? new(true, end.Reason, $"The output already holds the result of this recipe; nothing was trained{end.Remark}", end.Results) { Progress = end.Progress }
            : null;

    public static RunStep Of(Observation seen)
    {
        if (seen.Preflight is null) return new(new(ConditionReasons.Validating, "The preflight Job is being made"), new ChildAction.CreatePreflight());
        if (Own(seen) is not { } job || job.IsGoing()) return new(new(ConditionReasons.Validating, $"Waits until Job {seen.Preflight.Name()}, which is another or an earlier one, is gone"));
        var end = Ended(seen);
        if (end is { Outcome: AttemptOutcome.Rejected }) return OutputPolicy.Again(seen, job, end, Last(seen)) ?? new(Running, RunEnd.Failed(end.Reason, end.Message));
        if (job.IsFailed() && end is { Outcome: AttemptOutcome.Disrupted }) return new(new(ConditionReasons.Validating, end.Message), new ChildAction.Delete(job));
        if (job.IsFailed() && (end is not null || seen.PreflightPods.Count == 0)) return new(Running, RetryPolicy.Exceeded(seen, end, "the preflight"));
        return new(PodState.Of(job, Last(seen), seen.PodRefusal, seen.Trouble) is { } waiting ? waiting with { Message = $"Preflight: {waiting.Message}" } : end is null ? Running : new(ConditionReasons.Validating, end.Message));
    }

    private static RunState Running { get; } = new(ConditionReasons.Validating, "Looks at reference, data and output, without a GPU");

    private static V1Job? Own(Observation seen) => seen.Preflight is { } job && seen.Owns(job) ? job : null;

    /// <summary>An old Job controller starts another pod at once, also after what is final.</summary>
    private static AttemptEnd? Ended(Observation seen)
    {
        var ends = seen.PreflightPods.Where(pod => pod.HasEnded).Select(ExitCodePolicy.Judge).ToArray();
        return Array.Find(ends, end => end.IsFinal) ?? (Last(seen) is { HasEnded: true } ? ends[^1] : null);
    }

    private static PodReport? Last(Observation seen) => seen.PreflightPods is [.., var last] ? last : null;
}
