using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>One condition, with the fields that Kubernetes' own have.</summary>
public sealed record RunCondition
{
    [Required, StringLength(63, MinimumLength = 1), RegularExpression(Patterns.Word)]
    [Description("Name of the condition.")]
    public string Type { get; init; } = "";

    [Required, Description("Whether the condition holds.")]
    public ConditionStatus Status { get; init; } = ConditionStatus.Unknown;

    [Range(0, long.MaxValue), Description("The generation of the resource that the condition speaks of.")]
    public long? ObservedGeneration { get; init; }

    [Required, Description("When the status of the condition changed last.")]
    public DateTimeOffset LastTransitionTime { get; init; }

    [Required, StringLength(63, MinimumLength = 1), RegularExpression(Patterns.Word)]
    [Description("Why the condition is as it is, in one word for programs.")]
    public string Reason { get; init; } = "";

    [StringLength(640), Description("Why the condition is as it is, in a sentence for people.")]
    public string Message { get; init; } = "";
}
