using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>
/// The end of the trainer's container is the end of its attempt, whatever else is in the pod. A sidecar that someone injected may go on for
/// ever and keep the GPU; where the Job has not ended by itself after a while, it is deleted.
/// </summary>
internal static class SidecarPolicy
{
    /// <summary>What sidecars that know when they are done take to end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static IEnumerable<ChildAction> Actions(Observation seen) =>
        Lingering(seen).Where(found => found.Due <= seen.Now).Select(found => new ChildAction.Delete(found.Job));

    /// <summary>When a Job's patience ends; null where none has a sidecar that goes on.</summary>
    public static DateTimeOffset? Next(Observation seen) =>
        Lingering(seen).Select(found => (DateTimeOffset?)found.Due).Where(due => due > seen.Now).Min();

    private static IEnumerable<(V1Job Job, DateTimeOffset Due)> Lingering(Observation seen) =>
        from job in new[] { seen.Preflight, seen.Train }.OfType<V1Job>()
        where seen.Owns(job) && !job.IsFinished() && !job.IsGoing()
        let pod = seen.PodsOf(job).LastOrDefault()
        where pod is { HasEnded: true, IsOver: false }
        select (job, (pod.Ended ?? pod.Created) + Patience);
}
