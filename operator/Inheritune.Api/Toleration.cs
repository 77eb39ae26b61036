using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>A taint that a pod puts up with; the fields are those of a Kubernetes pod.</summary>
public sealed class Toleration
{
    [StringLength(317, MinimumLength = 1), RegularExpression(Patterns.LabelKey)]
    [Description("Key of the taint. Default: every key; then operator must be Exists.")]
    public string? Key { get; init; }

    // No default in the schema: one within a list would differ from what was applied, for ever.
    [Description("Equal wants the taint to have the given value; Exists takes any. Default: Equal.")]
    public TolerationOperator? Operator { get; init; }

    [StringLength(63), RegularExpression(Patterns.LabelValue)]
    [Description("Value of the taint; not with Exists.")]
    public string? Value { get; init; }

    [Description("Effect of the taint. Default: every effect.")]
    public TaintEffect? Effect { get; init; }

    [Range(0, long.MaxValue), Description("How long the pod stays on a node that gets the taint later, in seconds; with the effect NoExecute only. Default: for ever.")]
    public long? TolerationSeconds { get; init; }
}
