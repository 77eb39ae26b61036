using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>Where the pod of a run may go. Used in a cluster only.</summary>
public sealed class SchedulingSpec
{
    [MaxLength(16), StringLength(63), RegularExpression(Patterns.LabelValue)]
    [Description("Labels that the node must have.")]
    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = new Dictionary<string, string>();

    [MaxLength(16), Description("More demands on the node's labels, all of which must hold, such as one of several kinds of GPU.")]
    public IReadOnlyList<NodeRequirement> NodeAffinity { get; init; } = [];

    [MaxLength(8), Description("How the pods that train in the namespace spread.")]
    public IReadOnlyList<SpreadConstraint> TopologySpreadConstraints { get; init; } = [];

    [MaxLength(16), Description("Taints of nodes that the pod puts up with.")]
    public IReadOnlyList<Toleration> Tolerations { get; init; } = [];

    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("PriorityClass of the pod. Default: the cluster's.")]
    public string? PriorityClassName { get; init; }

    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("RuntimeClass of the pod, such as nvidia. Default: the node's.")]
    public string? RuntimeClassName { get; init; }
}
