using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>Periodic checkpoints; one is also written on SIGTERM, on Ctrl-C and at the end.</summary>
public sealed class CheckpointSpec
{
    [Range(1, 604800), Description("Longest time between two checkpoints, in seconds.")]
    public int EverySeconds { get; init; } = 600;

    [Range(1, 100_000_000), Description("Also write one every so many steps. Default: by time only.")]
    public int? EverySteps { get; init; }

    [Range(1, 100), Description("How many checkpoints to keep; one more than the current guards against a damaged disk.")]
    public int KeepLast { get; init; } = 2;

    [Range(1, 86_400), Description("How long the pod has to save after SIGTERM, in seconds. Used in a cluster only. Default: twice what a checkpoint should take to be saved, 120 to 3600.")]
    public int? GracePeriodSeconds { get; init; }
}
