using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>A demand on the labels of a node; the fields are those of a Kubernetes node affinity.</summary>
public sealed class NodeRequirement
{
    [Required, StringLength(317, MinimumLength = 1), RegularExpression(Patterns.LabelKey)]
    [Description("Key of the label.")]
    public string Key { get; init; } = "";

    [Required, Description("How the label's value is compared; Gt and Lt compare whole numbers.")]
    public NodeOperator Operator { get; init; }

    [MaxLength(32), StringLength(63), RegularExpression(Patterns.LabelValue)]
    [Description("What it is compared with: some for In and NotIn, one for Gt and Lt, none for Exists and DoesNotExist.")]
    public IReadOnlyList<string> Values { get; init; } = [];
}
