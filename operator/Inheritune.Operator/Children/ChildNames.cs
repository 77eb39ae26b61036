using System.Text.RegularExpressions;
using Inheritune.Operator.Entities;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Children;

/// <summary>Names and labels of what the operator makes for a run. They follow from the run, so that making a thing twice is impossible.</summary>
internal static partial class ChildNames
{
    public const string ManagedBy = "app.kubernetes.io/managed-by";

    /// <summary>Its value on all that the operator makes, and the name of the operator as a writer of fields and events.</summary>
    public const string Operator = "inheritune-operator";

    /// <summary>Label with the name of the run, by which its pods find it.</summary>
    public const string RunLabel = "inheritune.dev/run";

    /// <summary>Annotation of a pod that holds its run's manifest, and that the pod reads as a file.</summary>
    public const string ManifestAnnotation = "inheritune.dev/manifest";

    private const string PreflightSuffix = "-preflight";
    private const string TrainSuffix = "-train";
    private const string QueueLabel = "kueue.x-k8s.io/queue-name";
    private static readonly string[] QueueLabels = [QueueLabel, "kueue.x-k8s.io/priority-class"];

    [GeneratedRegex($"^(?<run>.+)({PreflightSuffix}|{TrainSuffix}(-[0-9]{{1,3}})?)$", RegexOptions.ExplicitCapture)]
    private static partial Regex JobName { get; }

    /// <summary>Selects the operator's own Jobs and pods.</summary>
    public static string Selector => $"{ManagedBy}={Operator}";

    public static string Preflight(V1Alpha1InheritRun run) => run.Name() + PreflightSuffix;

    public static string Train(V1Alpha1InheritRun run) => run.Name() + TrainSuffix;

    /// <summary>Of a Job that trains while an earlier one, which cannot end, has the name. As short as the longest of the other names.</summary>
    public static string Successor(V1Alpha1InheritRun run, int attempt) => $"{Train(run)}-{attempt % 1000}";

    /// <summary>Name of the run that a Job of this name would be of; null when it is none of the operator's names.</summary>
    public static string? RunOf(string job) => JobName.Match(job) is { Success: true } match ? match.Groups["run"].Value : null;

    /// <summary>Whether a Job of this name would train for the run.</summary>
    public static bool IsTrain(V1Alpha1InheritRun run, string job) => job.StartsWith(Train(run), StringComparison.Ordinal) && RunOf(job) == run.Name();

    /// <summary>Of the ServiceAccount, Role and RoleBinding. Part of the UID: those of an earlier run of this name may still be on their way out.</summary>
    public static string Account(V1Alpha1InheritRun run) => $"{run.Name()}-{run.Uid()[..8]}";

    /// <summary>The account of the pods: the user's, where the run names one.</summary>
    public static string ServiceAccount(V1Alpha1InheritRun run) => run.Spec.ServiceAccountName ?? Account(run);

    /// <summary>Whether a Job belongs to this run, and not to an earlier one of its name.</summary>
    public static bool Owns(V1Alpha1InheritRun run, V1Job job) => job.OwnerReferences()?.Any(owner => owner.Uid == run.Uid()) == true;

    public static V1ObjectMeta Metadata(V1Alpha1InheritRun run, string name, string component) => new()
    {
        Name = name,
        NamespaceProperty = run.Namespace(),
        Labels = Labels(run, component),
        // Not blocking: the owner may go before its children do.
        OwnerReferences = [new() { ApiVersion = run.ApiVersion, Kind = run.Kind, Name = run.Name(), Uid = run.Uid(), Controller = true }],
    };

    public static Dictionary<string, string> Labels(V1Alpha1InheritRun run, string component) => new(Kin(component))
    {
        [ManagedBy] = Operator,
        [RunLabel] = run.Name(),
    };

    /// <summary>The labels that the pods of all runs have in common.</summary>
    public static Dictionary<string, string> Kin(string component) => new()
    {
        ["app.kubernetes.io/name"] = "inheritune-trainer",
        ["app.kubernetes.io/component"] = component,
    };

    /// <summary>The labels of a run that are for Kueue, which reads them from its Jobs.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Queue(V1Alpha1InheritRun run) =>
        (run.Labels() ?? new Dictionary<string, string>()).Where(label => QueueLabels.Contains(label.Key));

    /// <summary>The queue in which a Job waits; null when it is in none.</summary>
    public static string? QueueOf(V1Job job) => job.Labels()?.TryGetValue(QueueLabel, out var queue) == true ? queue : null;
}
