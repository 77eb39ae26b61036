using Inheritune.Api;
using Inheritune.Operator.Children;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>What a Job's pod waits for, in the words of whoever holds it up; null when its process runs or has ended.</summary>
internal static class PodState
{
    public static readonly string[] ImageTroubles = ["ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable"];

    /// <summary>Of what Events tell before there is a container: a volume, as of a Secret that is not there, a disk, the network or the runtime.</summary>
    public static readonly string[] SetupTroubles = ["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"];

    private static readonly string[] ContainerTroubles =
        ["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff"];

    /// <summary>A kubelet's words for a container that does not come to run.</summary>
    public static bool IsTrouble(string? reason) => ImageTroubles.Contains(reason) || ContainerTroubles.Contains(reason);

    /// <summary>It has a node and no sandbox yet for its containers, none of which says why.</summary>
    public static bool IsInPreparation(PodReport pod) =>
        pod is { HasEnded: false, RunningSince: null, Scheduled: not null, HasSandbox: false } && !IsTrouble(pod.WaitingReason);

    /// <param name="refusal">What keeps the Job controller from making a pod.</param>
    /// <param name="trouble">What keeps the node from preparing the pod.</param>
    public static RunState? Of(V1Job job, PodReport? pod, string? refusal = null, SetupTrouble? trouble = null)
    {
        if (job.Spec.Suspend == true)
        {
            var queue = ChildNames.QueueOf(job);
            return new(ConditionReasons.Queued, queue is null ? $"Job {job.Metadata.Name} is suspended" : $"Job {job.Metadata.Name} waits in queue {queue}");
        }

        if (pod is null && refusal is not null) return new(ConditionReasons.Pending, $"Job {job.Metadata.Name} has no pod: {refusal}");
        if (pod is null) return new(ConditionReasons.Pending, $"Job {job.Metadata.Name} has no pod yet") { Since = job.Metadata.CreationTimestamp };
        if (pod.HasEnded || pod.RunningSince is not null) return null;
        if (pod.Scheduled is null) return pod.Message.Length > 0 ? new(ConditionReasons.Pending, pod.Message) : new(ConditionReasons.Pending, $"Pod {pod.Name} has no node yet") { Since = pod.Created };
        if (IsTrouble(pod.WaitingReason)) return new(pod.WaitingReason, $"Pod {pod.Name}: {pod.Message}");
        if (trouble is not null) return new(trouble.Reason, $"Pod {pod.Name}: {trouble.Message}");
        if (pod.Initializing.Length > 0)
            return new(ConditionReasons.Starting, $"Pod {pod.Name}: init container {pod.Initializing} runs; the trainer's comes after it") { Since = pod.Scheduled };
        // The kubelet does not tell fetching an image from making a container.
        return new(ConditionReasons.Pulling, $"Node {pod.Node} prepares pod {pod.Name}: its volumes and its image") { Since = pod.Scheduled };
    }
}
