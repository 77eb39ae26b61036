using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>How the training pods of a namespace's runs spread over nodes or zones; the fields are those of a Kubernetes pod.</summary>
public sealed class SpreadConstraint
{
    [Required, StringLength(317, MinimumLength = 1), RegularExpression(Patterns.LabelKey)]
    [Description("Label whose values are the places, such as topology.kubernetes.io/zone.")]
    public string TopologyKey { get; init; } = "";

    [Range(1, 1000), Description("How many more of the pods one place may have than another. Default: 1.")]
    public int? MaxSkew { get; init; }

    [Description("What happens to a pod that fits nowhere. Default: ScheduleAnyway.")]
    public UnsatisfiableAction? WhenUnsatisfiable { get; init; }
}
