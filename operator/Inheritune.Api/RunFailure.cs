using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>The end of an attempt that failed.</summary>
public sealed class RunFailure
{
    [Required, StringLength(63, MinimumLength = 1), RegularExpression(Patterns.Word)]
    [Description("Why the attempt failed, in one word.")]
    public string Reason { get; init; } = "";

    [Range(0, 255), Description("Exit code of the trainer, where it ended by itself.")]
    public int? ExitCode { get; init; }

    [StringLength(1024), Description("Why the attempt failed, in the trainer's or the cluster's own words.")]
    public string Message { get; init; } = "";

    [StringLength(63, MinimumLength = 1), RegularExpression(Patterns.DnsLabel)]
    [Description("Name of the attempt's pod.")]
    public string? PodName { get; init; }

    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("Node of the attempt's pod.")]
    public string? NodeName { get; init; }

    [Description("When the attempt ended.")]
    public DateTimeOffset? Time { get; init; }
}
