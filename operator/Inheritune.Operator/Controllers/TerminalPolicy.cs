using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>A run that has ended never gets children again. Those that it has go when their time has come; the run itself stays, as the record.</summary>
internal static class TerminalPolicy
{
    public static IReadOnlyList<ChildAction> Actions(Observation seen)
    {
        var jobs = Jobs(seen).ToArray();
        if (jobs.Length > 0 && seen.Now >= Expiry(seen))
        {
            // The Jobs last: as long as one is to be deleted, an interrupted clean-up goes on.
            return [new ChildAction.DeleteAccount(), .. jobs.Select(job => new ChildAction.Delete(job))];
        }

        return [.. jobs.Where(job => GoesOn(seen, job)).Select(job => new ChildAction.Delete(job)).Union(SidecarPolicy.Actions(seen))];
    }

    /// <summary>When children are to be deleted; null when all are on their way.</summary>
    public static DateTimeOffset? Next(Observation seen) => Jobs(seen).Any() ? new DateTimeOffset?[] { Expiry(seen), SidecarPolicy.Next(seen) }.Min() : null;

    /// <summary>
    /// It keeps a pod, or could start another one. One whose pod has ended ends by itself, and stays for a while with the pod and its log. Jobs of
    /// earlier versions had a backoff limit, and start another pod after one that failed.
    /// </summary>
    private static bool GoesOn(Observation seen, V1Job job) =>
        !job.IsFinished()
        && (job.Spec.Suspend == true
            || seen.PodsOf(job).LastOrDefault() is not { HasEnded: true, Leaves: null } last
            || (last.ExitCode != 0 && job.Spec.BackoffLimit != 0));

    private static DateTimeOffset? Expiry(Observation seen) => (seen.Status.CompletionTime ?? seen.Now).AddSeconds(seen.Spec.TtlSecondsAfterFinished);

    /// <summary>Of what is on its way out nothing more is asked, however long it takes.</summary>
    private static IEnumerable<V1Job> Jobs(Observation seen) =>
        new[] { seen.Train, seen.Preflight }.OfType<V1Job>().Where(job => seen.Owns(job) && !job.IsGoing());
}
