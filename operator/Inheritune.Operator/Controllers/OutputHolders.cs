using Inheritune.Api;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>
/// Which run has an output, among all runs that the operator sees. Two names of one server are two servers here; the trainers' own guard
/// tells them.
/// </summary>
internal sealed class OutputHolders
{
    private readonly List<ObjectStore<V1Alpha1InheritRun>> _stores = [];

    public void Add(ObjectStore<V1Alpha1InheritRun> store) => _stores.Add(store);

    /// <summary>The run that has the output of this one, a folder above it or one within it; null when it is free.</summary>
    public NamespacedName? Of(V1Alpha1InheritRun run)
    {
        var (mine, claim) = (Place(run), Claim(run));
        var holders = _stores.SelectMany(store => store.Select(other => Holds(other, mine, claim, run.Uid()) ? Claim(other) : null));
        return holders.OfType<Claimant>().Min() is { } first ? new(first.Namespace, first.Name) : null;
    }

    private static bool Holds(V1Alpha1InheritRun other, string mine, Claimant claim, string uid)
    {
        if (other.Uid() == uid || other.Status?.IsFinished() == true || (other.Spec.Suspend && !HasBegun(other))) return false;
        var place = Place(other);
        var isShared = place.StartsWith(mine, StringComparison.Ordinal) || mine.StartsWith(place, StringComparison.Ordinal);
        return isShared && Claim(other).CompareTo(claim) < 0;
    }

    private static Claimant Claim(V1Alpha1InheritRun run) =>
        new(HasBegun(run), run.Metadata.CreationTimestamp ?? default, run.Namespace(), run.Name());

    private static bool HasBegun(V1Alpha1InheritRun run) => run.Status?.Job is not null;

    /// <summary>Server, bucket and folder, with a slash at the end, so that runs/a is not within runs/ab.</summary>
    private static string Place(V1Alpha1InheritRun run) =>
        $"{run.Spec.Storage.Endpoint?.TrimEnd('/').ToLowerInvariant()} {run.Spec.Output.Uri.TrimEnd('/')}/";
}
