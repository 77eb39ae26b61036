using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>A run that has ended never gets children again. Those that it has go when their time has come; the run itself stays, as the record.</summary>
internal static class TerminalPolicy
{
    public static IReadOnlyList<ChildAction> Actions(Observation seen, bool succeeded)
    {
        var jobs = Jobs(seen).ToArray();
        if (jobs.Length > 0 && seen.Now >= Expiry(seen))
        {
            // The Jobs last: as long as one is to be deleted, an interrupted clean-up goes on.
            return [new ChildAction.DeleteAccount(), .. jobs.Select(job => new ChildAction.Delete(job))];
        }

        // A Job that could start another pod, or keep one.
        return succeeded ? [] : [.. jobs.Where(job => !job.IsFinished()).Select(job => new ChildAction.Delete(job))];
    }

    /// <summary>When children are to be deleted; null when all are on their way.</summary>
    public static DateTimeOffset? Next(Observation seen) => Jobs(seen).Any() ? Expiry(seen) : null;

    private static DateTimeOffset Expiry(Observation seen) => (seen.Status.CompletionTime ?? seen.Now).AddSeconds(seen.Spec.TtlSecondsAfterFinished);

    /// <summary>Of what is on its way out nothing more is asked, however long it takes.</summary>
    private static IEnumerable<V1Job> Jobs(Observation seen) =>
        new[] { seen.Train, seen.Preflight }.OfType<V1Job>().Where(job => seen.Owns(job) && !job.IsGoing());
}
