using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>Preflights that ended without a verdict on the run.</summary>
public sealed record RunPreflights
{
    [Required, Range(0, int.MaxValue)]
    [Description("Number of preflights that failed; like attempts, they may be as many as spec.retry.backoffLimit.")]
    public int Failed { get; init; }

    [Required, Range(0, int.MaxValue), Description("Number of preflights that the cluster ended.")]
    public int Disrupted { get; init; }

    [Required, StringLength(36, MinimumLength = 1), Description("Identity of the last Job that was counted.")]
    public string Uid { get; init; } = "";

    [Description("When it ended. The pause before the next one grows with their number.")]
    public DateTimeOffset? EndTime { get; init; }
}
