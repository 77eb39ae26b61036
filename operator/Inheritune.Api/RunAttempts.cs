using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>Attempts that ended before the run did.</summary>
public sealed class RunAttempts
{
    [Required, Range(0, int.MaxValue), Description("Number of attempts that failed; these count towards spec.retry.backoffLimit.")]
    public int Failed { get; init; }

    [Required, Range(0, int.MaxValue), Description("Number of attempts that the cluster ended, by preemption or a drained node; these are free.")]
    public int Disrupted { get; init; }

    [Range(0, int.MaxValue)]
    [Description("Number of attempts in a row, up to the last, without a new step or checkpoint; the pause before the next one grows with it.")]
    public int? WithoutProgress { get; init; }
}
