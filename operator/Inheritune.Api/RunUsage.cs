using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>What a run has cost.</summary>
public sealed class RunUsage
{
    [Range(0, long.MaxValue), Description("How long the run has held a GPU, over all attempts, in seconds.")]
    public long? GpuSeconds { get; init; }

    [Range(0, long.MaxValue), Description("GPU time that was lost, in seconds: from the last checkpoint to the end of each attempt that did not finish.")]
    public long? WastedGpuSeconds { get; init; }
}
