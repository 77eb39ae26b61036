using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>spec.suspend deletes the Job: its pod saves a checkpoint on SIGTERM and gives the GPU back. The Job's own suspend belongs to Kueue.</summary>
internal static class SuspendPolicy
{
    public static RunStep Of(Observation seen)
    {
        var jobs = new[] { seen.Preflight, seen.Train }.OfType<V1Job>().Where(job => seen.Owns(job) && !job.IsFinished()).ToArray();
        return new(
            new(ConditionReasons.Suspended, jobs.Length > 0 ? $"Waits until the pod of Job {jobs[^1].Name()} has saved and ended" : "Paused; set spec.suspend to false to continue"),
            [.. jobs.Where(job => !job.IsGoing()).Select(job => new ChildAction.Delete(job))]);
    }
}
