using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>A run that has ended never gets children again. Those that it has go when their time has come; the run itself stays, as the record.</summary>
internal static class TerminalPolicy
{
    public static IReadOnlyList<ChildAction> Actions(Observation seen, bool succeeded)
    {
        var jobs = Jobs(seen).Where(job => !job.IsGoing()).ToArray();
        if (Jobs(seen).Any() && seen.Now >= Expiry(seen))
        {
            // The Jobs last: as long as there is one, an interrupted clean-up goes on.
            return [new ChildAction.DeleteAccount(), .. jobs.Select(job => new ChildAction.Delete(job))];
        }

        // A Job that could start another pod, or keep one.
        return succeeded ? [] : [.. jobs.Where(job => !job.IsFinished()).Select(job => new ChildAction.Delete(job))];
    }

    /// <summary>When children are to be deleted; null when there are none.</summary>
    public static DateTimeOffset? Next(Observation seen) => Jobs(seen).Any() ? Expiry(seen) : null;

    private static DateTimeOffset Expiry(Observation seen) => (seen.Status.CompletionTime ?? seen.Now).AddSeconds(seen.Spec.TtlSecondsAfterFinished);

    private static IEnumerable<V1Job> Jobs(Observation seen) => new[] { seen.Train, seen.Preflight }.OfType<V1Job>().Where(seen.Owns);
}
