using Inheritune.Operator.Children;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>What a pod's status says about its one container.</summary>
internal sealed record PodReport
{
    public required string Name { get; init; }

    public string Uid { get; init; } = "";

    public string? Node { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>When it got its node.</summary>
    public DateTimeOffset? Scheduled { get; init; }

    /// <summary>When its process began, whether it still runs or not; null before, and where nobody knows.</summary>
    public DateTimeOffset? Began { get; init; }

    /// <summary>Since when its process runs; null when none does.</summary>
    public DateTimeOffset? RunningSince => HasEnded ? null : Began;

    /// <summary>Nothing of it runs any more, nor will.</summary>
    public bool HasEnded { get; init; }

    /// <summary>Null where nobody knows.</summary>
    public DateTimeOffset? Ended { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>The kubelet's word for the end, such as OOMKilled or Evicted; empty for a process that ended by itself.</summary>
    public string Cause { get; init; } = "";

    /// <summary>Until when it may save what it has; null while nobody has asked it to end.</summary>
    public DateTimeOffset? Leaves { get; init; }

    /// <summary>The cluster took the pod away, for no fault of the pod.</summary>
    public bool IsDisrupted { get; init; }

    /// <summary>The kubelet evicted it because it took more local disk than it had asked for.</summary>
    public bool IsGreedy { get; init; }

    /// <summary>Why the container waits, in the kubelet's words, such as ImagePullBackOff.</summary>
    public string WaitingReason { get; init; } = "";

    /// <summary>The scheduler's or the kubelet's sentence about what it waits for or how it ended.</summary>
    public string Message { get; init; } = "";

    public TerminationMessage LastWords { get; init; } = new();

    /// <summary>What a kubelet says of a pod that it evicts for the pod's own use; of its node's need it says that the node was low.</summary>
    private static readonly string[] Excesses =
    [
        "usage of emptydir volume", "exceeded its local ephemeral storage limit", "pod ephemeral local storage usage exceeds", "has larger consumption of ephemeral-storage",
    ];

    public static PodReport Of(V1Pod pod)
    {
        var status = pod.Status ?? new();
        var state = status.ContainerStatuses?.FirstOrDefault(container => container.Name == PodBuilder.Container)?.State;
        var ended = state?.Terminated;
        var scheduled = status.Conditions?.FirstOrDefault(condition => condition.Type == "PodScheduled");
        var disruption = status.Conditions?.FirstOrDefault(condition => condition.Type == "DisruptionTarget" && condition.Status == "True");
        // What a runtime and a kubelet say of containers that they find no more, when the node's power has failed.
        var isLost = ended?.Reason is "Unknown" or "ContainerStatusUnknown";
        var isGreedy = status.Reason == "Evicted" && Excesses.Any(excess => status.Message?.Contains(excess, StringComparison.OrdinalIgnoreCase) == true);
        var hasEnded = status.Phase is "Succeeded" or "Failed" || ended is not null;
        // Of a container that it has lost, a runtime says 1970.
        DateTimeOffset? Known(DateTime? time) => Time(time) is { } known && known >= Time(pod.Metadata.CreationTimestamp) ? known : null;
        return new()
        {
            Name = pod.Name(),
            Uid = pod.Uid() ?? "",
            Node = pod.Spec?.NodeName,
            Created = Time(pod.Metadata.CreationTimestamp) ?? default,
            Scheduled = scheduled?.Status == "True" ? Time(scheduled.LastTransitionTime) ?? Time(status.StartTime) : null,
            Began = Time(state?.Running?.StartedAt) ?? Known(ended?.StartedAt),
            HasEnded = hasEnded,
            Ended = Known(ended?.FinishedAt),
            Leaves = Time(pod.Metadata.DeletionTimestamp),
            ExitCode = ended?.ExitCode ?? (status.Phase == "Succeeded" ? 0 : null),
            Cause = status.Reason is { Length: > 0 } reason ? reason : isLost ? "NodeLost" : ended?.Reason is "OOMKilled" or "ContainerCannotRun" or "StartError" or "DeadlineExceeded" ? ended.Reason : "",
            // A pod that is being deleted was sent SIGTERM, and SIGKILL after it; its container may be gone before anyone has read its exit code.
            IsDisrupted = !isGreedy && (disruption is not null || isLost || IsTakenAway(status.Reason)
                || (hasEnded && pod.Metadata.DeletionTimestamp is not null && ended is null or { ExitCode: 137 or 143 })),
            IsGreedy = isGreedy,
            WaitingReason = state?.Waiting?.Reason ?? "",
            Message = (isGreedy ? null : disruption?.Message) ?? status.Message ?? (isLost ? $"node {pod.Spec?.NodeName} has lost the container, as when its power fails" : null) ?? state?.Waiting?.Message ?? (scheduled?.Status == "False" ? scheduled.Message : null) ?? "",
            LastWords = TerminationMessage.Parse(ended?.Message),
        };
    }

    /// <summary>
    /// Words for what a cluster does to a pod. UnexpectedAdmissionError and OutOf... (OutOfnvidia.com/gpu): a kubelet that has just begun may
    /// not have its devices yet, and turns a pod down that the scheduler sent it.
    /// </summary>
    private static bool IsTakenAway(string? reason) =>
        reason is "Evicted" or "Preempting" or "NodeLost" or "NodeShutdown" or "Shutdown" or "Terminated" or "NodeAffinity" or "UnexpectedAdmissionError"
        || reason?.StartsWith("OutOf", StringComparison.Ordinal) == true;

    private static DateTimeOffset? Time(DateTime? time) => time is { } known ? new DateTimeOffset(DateTime.SpecifyKind(known, DateTimeKind.Utc)) : null;
}
