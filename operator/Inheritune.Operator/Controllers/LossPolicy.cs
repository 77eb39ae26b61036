using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>
/// Pods whose nodes do not answer. Kubernetes tells them to end, and waits for a kubelet that is no more: pod and Job stay until the node is
/// back, is deleted, or is declared out of service. A run goes on before, once its trainer can no longer write as far as anybody knows.
/// </summary>
internal static class LossPolicy
{
    /// <summary>The reason of an end by a loss.</summary>
    public const string Reason = "NodeLost";

    /// <summary>What a kubelet needs to tell of an end, beyond the time that the pod has for it.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    /// <summary>How long a node must have been silent; one that is only slow has ended its pods by then.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The time in which it should have ended has passed, and nobody has told of its end.</summary>
    public static bool IsLost(PodReport pod, DateTimeOffset now) => LostFrom(pod) <= now;

    /// <summary>The end of an attempt by the loss of its pod.</summary>
    public static AttemptEnd End(PodReport pod) => new(AttemptOutcome.Disrupted, Reason, pod.UnreachableSince is { } since
        ? $"node {pod.Node} does not answer since {Pace.Time(since)}"
        : $"pod {pod.Name} on node {pod.Node} should have ended by {Pace.Time(pod.Leaves!.Value)}");

    /// <summary>
    /// When a run may go on beside a Job that is being deleted and cannot end; null where it is not being deleted, or a pod may still write.
    /// </summary>
    public static DateTimeOffset? DesertedFrom(V1Job job, IEnumerable<PodReport> pods)
    {
        if (job.Metadata.DeletionTimestamp is not { } asked) return null;
        var left = pods.Where(pod => !pod.HasEnded).ToArray();
        // Someone else's finalizer, or a garbage collector that is away.
        return left.Length == 0 ? new DateTimeOffset(DateTime.SpecifyKind(asked, DateTimeKind.Utc)) + Patience
            : Array.TrueForAll(left, pod => pod.Leaves is not null) ? left.Max(TakeoverFrom) : null;
    }

    /// <summary>When time alone changes something; null when it will not.</summary>
    public static DateTimeOffset? Next(Observation seen) => seen.TrainPods.Select(LostFrom)
        .Append(seen.Train is { } job ? DesertedFrom(job, seen.PodsOf(job)) : null)
        .Where(time => time > seen.Now).Min();

    private static DateTimeOffset? LostFrom(PodReport pod) => pod.HasEnded ? null : pod.Leaves + Tolerance;

    private static DateTimeOffset? TakeoverFrom(PodReport pod) =>
        new[] { LostFrom(pod), (pod.UnreachableSince ?? pod.Leaves) + Patience }.Max();
}
