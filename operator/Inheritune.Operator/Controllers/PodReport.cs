using System.Text.RegularExpressions;
using Inheritune.Operator.Children;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>What a pod's status says about the trainer's container, and about others that hold it up.</summary>
internal sealed partial record PodReport
{
    public required string Name { get; init; }

    public string Uid { get; init; } = "";

    /// <summary>UID of its Job.</summary>
    public string? JobUid { get; init; }

    public string? Node { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>When it got its node.</summary>
    public DateTimeOffset? Scheduled { get; init; }

    /// <summary>When its process began, whether it still runs or not; null before, and where nobody knows.</summary>
    public DateTimeOffset? Began { get; init; }

    /// <summary>Since when its process runs; null when none does.</summary>
    public DateTimeOffset? RunningSince => HasEnded ? null : Began;

    /// <summary>Its trainer runs no more, nor will.</summary>
    public bool HasEnded { get; init; }

    /// <summary>Nothing of it runs any more, sidecars that others have put beside the trainer included.</summary>
    public bool IsOver { get; init; }

    /// <summary>Null where nobody knows.</summary>
    public DateTimeOffset? Ended { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>The kubelet's word for the end, such as OOMKilled or Evicted; empty for a process that ended by itself.</summary>
    public string Cause { get; init; } = "";

    /// <summary>Until when it may save what it has; null while nobody has asked it to end.</summary>
    public DateTimeOffset? Leaves { get; init; }

    /// <summary>Since when its node does not answer; null while it does.</summary>
    public DateTimeOffset? UnreachableSince { get; init; }

    /// <summary>The cluster took the pod away, for no fault of the pod.</summary>
    public bool IsDisrupted { get; init; }

    /// <summary>The kubelet evicted it because it took more local disk than it had asked for.</summary>
    public bool IsGreedy { get; init; }

    /// <summary>Why the container, or one put beside it, does not come to run, in the kubelet's words, such as ImagePullBackOff.</summary>
    public string WaitingReason { get; init; } = "";

    /// <summary>The init container, of those that someone put into the pod, that runs before the trainer's; empty when none does.</summary>
    public string Initializing { get; init; } = "";

    /// <summary>The node has mounted the pod's volumes and given it a network.</summary>
    public bool HasSandbox { get; init; }

    /// <summary>The scheduler's or the kubelet's sentence about what it waits for or how it ended.</summary>
    public string Message { get; init; } = "";

    public TerminationMessage LastWords { get; init; } = new();

    /// <summary>
    /// What kubelets say of a pod that they evict for its own use of the disk. Of their node's need they say that the node was low, and then of a
    /// container that took more than it had asked for, in two wordings, the older of which does not repeat the resource. Of memory that is no fault:
    /// who takes more than its limit is killed, not evicted.
    /// </summary>
    [GeneratedRegex(
        "usage of emptydir volume|exceeded its local ephemeral storage limit|pod ephemeral local storage usage exceeds|has larger consumption of ephemeral-storage"
        + "|low on resource: ephemeral-storage.*which exceeds its request", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Excess { get; }

    public static PodReport Of(V1Pod pod)
    {
        var status = pod.Status ?? new();
        var state = status.ContainerStatuses?.FirstOrDefault(container => container.Name == PodBuilder.Container)?.State;
        var ended = state?.Terminated;
        // An init container that has started and goes on is a sidecar.
        var inits = status.InitContainerStatuses ?? [];
        var initializing = inits.FirstOrDefault(container => container is { State.Running: not null } and not { Started: true });
        var blocked = state is { Running: null, Terminated: null } or null ? Blocked(status) : null;
        var unfinished = ended is null ? inits.FirstOrDefault(container => container.State?.Terminated?.ExitCode is not (null or 0)) : null;
        var scheduled = status.Conditions?.FirstOrDefault(condition => condition.Type == "PodScheduled");
        var disruption = status.Conditions?.FirstOrDefault(condition => condition.Type == "DisruptionTarget" && condition.Status == "True");
        // What a runtime and a kubelet say of containers that they find no more, when the node's power has failed.
        var isLost = ended?.Reason is "Unknown" or "ContainerStatusUnknown";
        var isGreedy = status.Reason == "Evicted" && Excess.IsMatch(status.Message ?? "");
        var isOver = status.Phase is "Succeeded" or "Failed";
        var hasEnded = isOver || ended is not null;
        // Of a container that it has lost, a runtime says 1970.
        DateTimeOffset? Known(DateTime? time) => Time(time) is { } known && known >= Time(pod.Metadata.CreationTimestamp) ? known : null;
        return new()
        {
            Name = pod.Name(),
            Uid = pod.Uid() ?? "",
            JobUid = pod.OwnerReferences()?.FirstOrDefault(owner => owner.Kind == V1Job.KubeKind)?.Uid,
            Node = pod.Spec?.NodeName,
            Created = Time(pod.Metadata.CreationTimestamp) ?? default,
            Scheduled = scheduled?.Status == "True" ? Time(scheduled.LastTransitionTime) ?? Time(status.StartTime) : null,
            Began = Time(state?.Running?.StartedAt) ?? Known(ended?.StartedAt),
            HasEnded = hasEnded,
            IsOver = isOver,
            Ended = Known(ended?.FinishedAt),
            Leaves = Time(pod.Metadata.DeletionTimestamp),
            UnreachableSince = hasEnded ? null : Silent(status),
            ExitCode = ended?.ExitCode ?? (status.Phase == "Succeeded" ? 0 : null),
            Cause = status.Reason is { Length: > 0 } reason ? reason : isLost ? "NodeLost" : ended?.Reason is "OOMKilled" or "ContainerCannotRun" or "StartError" or "DeadlineExceeded" ? ended.Reason : hasEnded && unfinished is not null ? "InitContainerFailed" : "",
            // A pod that is being deleted was sent SIGTERM, and SIGKILL after it; its container may be gone before anyone has read its exit code.
            IsDisrupted = !isGreedy && (disruption is not null || isLost || IsTakenAway(status.Reason)
                || (hasEnded && pod.Metadata.DeletionTimestamp is not null && ended is null or { ExitCode: 137 or 143 })),
            IsGreedy = isGreedy,
            WaitingReason = blocked?.State.Waiting.Reason ?? state?.Waiting?.Reason ?? "",
            Initializing = initializing?.Name ?? "",
            HasSandbox = status.Conditions?.Any(condition => condition is { Type: "PodReadyToStartContainers", Status: "True" }) == true,
            Message = (isGreedy ? null : disruption?.Message) ?? status.Message ?? (isLost ? $"node {pod.Spec?.NodeName} has lost the container, as when its power fails" : null)
                ?? Said(blocked) ?? Said(unfinished) ?? state?.Waiting?.Message
                ?? (scheduled?.Status == "False" ? scheduled.Message : null) ?? "",
            LastWords = TerminationMessage.Parse(ended?.Message),
        };
    }

    /// <summary>The container that keeps the trainer's from running: the first in the order in which they run.</summary>
    private static V1ContainerStatus? Blocked(V1PodStatus status) =>
        (status.InitContainerStatuses ?? []).Concat(status.ContainerStatuses ?? [])
            .FirstOrDefault(container => PodState.IsTrouble(container.State?.Waiting?.Reason));

    /// <summary>What is said of a container, with its name where it is not the trainer's.</summary>
    private static string? Said(V1ContainerStatus? container)
    {
        if (container?.State is not { } state) return null;
        if (container.Name == PodBuilder.Container) return state.Waiting?.Message;
        if (state.Terminated is not { } ended) return $"container {container.Name}: {state.Waiting?.Message}";
        var words = string.IsNullOrWhiteSpace(ended.Message) ? "" : $": {ended.Message.Trim()}";
        return $"container {container.Name} ended with exit code {ended.ExitCode}{words}";
    }

    /// <summary>Of a node that does not answer the node controller says that its pods are not ready, and no reason; kubelets always give one.</summary>
    private static DateTimeOffset? Silent(V1PodStatus status) =>
        status.Conditions?.FirstOrDefault(condition => condition is { Type: "Ready", Status: "False", Reason: null or "" }) is { } silent ? Time(silent.LastTransitionTime) : null;

    /// <summary>
    /// Words for what a cluster does to a pod. UnexpectedAdmissionError and OutOf... (OutOfnvidia.com/gpu): a kubelet that has just begun may
    /// not have its devices yet, and turns a pod down that the scheduler sent it.
    /// </summary>
    private static bool IsTakenAway(string? reason) =>
        reason is "Evicted" or "Preempting" or "NodeLost" or "NodeShutdown" or "Shutdown" or "Terminated" or "NodeAffinity" or "UnexpectedAdmissionError"
        || reason?.StartsWith("OutOf", StringComparison.Ordinal) == true;

    private static DateTimeOffset? Time(DateTime? time) => time is { } known ? new DateTimeOffset(DateTime.SpecifyKind(known, DateTimeKind.Utc)) : null;
}
