using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>How often a failed run is tried again. Used in a cluster only.</summary>
public sealed class RetrySpec
{
    [Range(0, 100), Description("Number of failures of the trainer after which the run has failed; each attempt continues from the last checkpoint. A pod that the cluster takes away (preemption, a drained node) does not count, and a failure that would repeat itself, such as an invalid model, is never retried.")]
    public int BackoffLimit { get; init; } = 3;
}
