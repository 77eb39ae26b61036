using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>The pod of the preflight, which needs no GPU and so no GPU's node, nor its image. Used in a cluster only.</summary>
public sealed class PreflightSpec
{
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.Image)]
    [Description("Container image, such as one without CUDA. Default: spec.image, else the operator's.")]
    public string? Image { get; init; }

    [StringLength(20, MinimumLength = 1), RegularExpression(Patterns.Bytes)]
    [Description("Amount of memory, with its unit.")]
    public string Memory { get; init; } = "1Gi";

    [MaxLength(16), StringLength(63), RegularExpression(Patterns.LabelValue)]
    [Description("Labels that the node must have.")]
    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = new Dictionary<string, string>();

    [MaxLength(16), Description("Taints of nodes that the pod puts up with. Default: those of spec.scheduling.")]
    public IReadOnlyList<Toleration>? Tolerations { get; init; }
}
