using Inheritune.Api;
using Inheritune.Operator.Children;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>What a Job's pod waits for, in the words of whoever holds it up; null when its process runs or has ended.</summary>
internal static class PodState
{
    public static readonly string[] ImageTroubles = ["ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable"];

    private static readonly string[] ContainerTroubles = ["CreateContainerConfigError", "CreateContainerError", "RunContainerError"];

    /// <summary>It has a node, and its container neither runs nor says why not.</summary>
    public static bool IsInPreparation(PodReport pod) => !pod.HasEnded && pod.RunningSince is null && pod.Scheduled is not null && !IsTrouble(pod.WaitingReason);

    /// <param name="refusal">What keeps the Job controller from making a pod.</param>
    /// <param name="mountRefusal">What keeps the kubelet from mounting the pod's volumes.</param>
    public static RunState? Of(V1Job job, PodReport? pod, string? refusal = null, string? mountRefusal = null)
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
        if (mountRefusal is not null) return new("FailedMount", $"Pod {pod.Name}: {mountRefusal}");
        // The kubelet does not tell fetching an image from making a container.
        return new(ConditionReasons.Pulling, $"Node {pod.Node} prepares pod {pod.Name}: its volumes and its image") { Since = pod.Scheduled };
    }

    private static bool IsTrouble(string reason) => ImageTroubles.Contains(reason) || ContainerTroubles.Contains(reason);
}
