using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>spec.suspend deletes the Job: its pod saves a checkpoint on SIGTERM and gives the GPU back. The Job's own suspend belongs to Kueue.</summary>
internal static class SuspendPolicy
{
    public static RunStep Of(Observation seen)
    {
        var jobs = new[] { seen.Preflight, seen.Train }.OfType<V1Job>().Where(job => seen.Owns(job) && !job.IsFinished()).ToArray();
        return new(State(seen, jobs), [.. jobs.Where(job => !job.IsGoing()).Select(job => new ChildAction.Delete(job))]);
    }

    private static RunState State(Observation seen, V1Job[] jobs)
    {
        if (seen.TrainPods.FirstOrDefault(pod => !pod.HasEnded) is { } pod)
        {
            var gpu = pod.Scheduled is null ? "" : "; it holds its GPU until then";
            return new(ConditionReasons.Suspending, $"Waits until pod {pod.Name} has saved and ended{gpu}");
        }

        if (seen.PreflightPods.Any(pod => !pod.HasEnded) || jobs.Length > 0)
            return new(ConditionReasons.Suspending, $"Waits until Job {(jobs.Length > 0 ? jobs[^1] : seen.Preflight)?.Name()} and its pod are gone");
        return new(ConditionReasons.Suspended, "Paused; set spec.suspend to false to continue");
    }
}
