using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>Questions to a status.</summary>
internal static class StatusReading
{
    /// <summary>Of one watch behind another, in seconds.</summary>
    private const int LongestLag = 30;

    public static RunCondition? Condition(this InheritRunStatus status, string type) => status.Conditions.FirstOrDefault(condition => condition.Type == type);

    public static bool Is(this InheritRunStatus status, string type, ConditionStatus value) => status.Condition(type)?.Status == value;

    /// <summary>The run has come to its end, good or bad, for ever.</summary>
    public static bool IsFinished(this InheritRunStatus status) => status.Condition(ConditionTypes.Succeeded)?.Status is ConditionStatus.True or ConditionStatus.False;

    public static bool IsComplete(this V1Job job) => job.Has("Complete");

    public static bool IsFailed(this V1Job job) => job.Has("Failed");

    public static bool IsFinished(this V1Job job) => job.IsComplete() || job.IsFailed();

    public static bool IsGoing(this V1Job job) => job.Metadata.DeletionTimestamp is not null;

    /// <summary>
    /// From when on a Job that is complete is believed without its pods. Before, the watch of the pods may lag behind that of the Jobs,
    /// and what the pod said last is still to come. Null: it is not complete.
    /// </summary>
    public static DateTimeOffset? BelievedFrom(this V1Job job) =>
        !job.IsComplete() ? null : job.Status.CompletionTime is { } time ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).AddSeconds(LongestLag) : DateTimeOffset.MinValue;

    /// <summary>From when on a Job that has failed is believed without its pods, for the same reason. Null: it has not failed.</summary>
    public static DateTimeOffset? GivenUpFrom(this V1Job job) => job.Find("Failed") is not { } failed ? null
        : failed.LastTransitionTime is { } time ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).AddSeconds(LongestLag) : DateTimeOffset.MinValue;

    private static bool Has(this V1Job job, string type) => job.Find(type) is not null;

    private static V1JobCondition? Find(this V1Job job, string type) =>
        job.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type && condition.Status == "True");
}
