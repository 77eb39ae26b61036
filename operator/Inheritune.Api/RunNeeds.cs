using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>What the preflight has found that a run needs.</summary>
public sealed record RunNeeds
{
    [Range(0, long.MaxValue), Description("Number of the target's parameters.")]
    public long? Parameters { get; init; }

    [Range(0, long.MaxValue), Description("Size of one checkpoint.")]
    public long? CheckpointBytes { get; init; }

    [Range(0, long.MaxValue), Description("The most local disk that is taken at one time.")]
    public long? ScratchBytes { get; init; }
}
