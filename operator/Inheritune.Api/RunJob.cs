using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>Where a run's Job and its pod are to be found.</summary>
public sealed record RunJob
{
    [Required, StringLength(63, MinimumLength = 1), RegularExpression(Patterns.DnsLabel)]
    [Description("Name of the Job.")]
    public string Name { get; init; } = "";

    [Required, StringLength(63, MinimumLength = 1), Description("Identity of the Job, which tells it from an earlier one of the same name.")]
    public string Uid { get; init; } = "";

    [Range(1, int.MaxValue), Description("Which attempt the current or last pod is, from 1.")]
    public int? Attempt { get; init; }

    [StringLength(63, MinimumLength = 1), RegularExpression(Patterns.DnsLabel)]
    [Description("Name of the current or last pod.")]
    public string? PodName { get; init; }

    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("Node of the current or last pod.")]
    public string? NodeName { get; init; }

    [Description("When the current or last pod was made.")]
    public DateTimeOffset? CreationTime { get; init; }

    [MaxLength(4), StringLength(63, MinimumLength = 1), RegularExpression(Patterns.DnsLabel)]
    [Description("Earlier pods that were made in the same second as the current or last one; they have been counted.")]
    public IReadOnlyList<string>? EarlierPods { get; init; }

    [Description("When the current or last pod got its node, and with it its GPU.")]
    public DateTimeOffset? StartTime { get; init; }

    [Description("When the last pod ended; absent while it goes on.")]
    public DateTimeOffset? EndTime { get; init; }
}
