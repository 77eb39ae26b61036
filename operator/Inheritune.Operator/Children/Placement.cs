using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Children;

/// <summary>Where a pod may go, in the words of a pod's spec.</summary>
internal static class Placement
{
    /// <summary>What the images are made for; a run that names other nodes has an image of its own.</summary>
    private static readonly Dictionary<string, string> Platform = new()
    {
        ["kubernetes.io/os"] = "linux",
        ["kubernetes.io/arch"] = "amd64",
    };

    /// <summary>The nodes with the given labels on which the trainer can run.</summary>
    public static Dictionary<string, string> Nodes(IReadOnlyDictionary<string, string> labels)
    {
        var nodes = new Dictionary<string, string>(Platform);
        foreach (var (key, value) in labels) nodes[key] = value;
        return nodes;
    }

    public static List<V1Toleration> Tolerations(IEnumerable<Toleration> tolerations) =>
    [
        .. tolerations.Select(toleration => new V1Toleration
        {
            Key = toleration.Key,
            OperatorProperty = toleration.Operator?.ToString(),
            Value = toleration.Value,
            Effect = toleration.Effect?.ToString(),
            TolerationSeconds = toleration.TolerationSeconds,
        }),
    ];

    public static V1Affinity? Affinity(IReadOnlyList<NodeRequirement> requirements) => requirements.Count == 0 ? null : new()
    {
        NodeAffinity = new()
        {
            RequiredDuringSchedulingIgnoredDuringExecution = new()
            {
                NodeSelectorTerms = [new() { MatchExpressions = [.. requirements.Select(Requirement)] }],
            },
        },
    };

    /// <param name="constraints">How the pods spread.</param>
    /// <param name="labels">By which the pods are found.</param>
    public static List<V1TopologySpreadConstraint>? Spread(IReadOnlyList<SpreadConstraint> constraints, Dictionary<string, string> labels)
    {
        if (constraints.Count == 0) return null;
        return
        [
            .. constraints.Select(constraint => new V1TopologySpreadConstraint
            {
                TopologyKey = constraint.TopologyKey,
                MaxSkew = constraint.MaxSkew ?? 1,
                WhenUnsatisfiable = (constraint.WhenUnsatisfiable ?? UnsatisfiableAction.ScheduleAnyway).ToString(),
                LabelSelector = new() { MatchLabels = labels },
            }),
        ];
    }

    private static V1NodeSelectorRequirement Requirement(NodeRequirement requirement) => new()
    {
        Key = requirement.Key,
        OperatorProperty = requirement.Operator.ToString(),
        Values = requirement.Values.Count > 0 ? [.. requirement.Values] : null,
    };
}
