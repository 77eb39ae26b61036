using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>When a run is given up. Used in a cluster only.</summary>
public sealed class DeadlinesSpec
{
    [Range(1, 31_536_000), Description("How long the run may wait for its trainer to start, in seconds: in a queue, for a node, for an image. Default: no limit.")]
    public int? StartDeadlineSeconds { get; init; }

    [Mutable, Range(1, 31_536_000), Description("How long the run may be active, in seconds, over all of its attempts; time in a queue or suspended does not count. May be changed while the run goes on. Default: no limit.")]
    public int? ActiveDeadlineSeconds { get; init; }

    [Range(60, 604800), Description("How long a started trainer may report nothing before it counts as stalled and is replaced, in seconds. Default: three times checkpoint.everySeconds, and 1800 at the least.")]
    public int? ProgressTimeoutSeconds { get; init; }
}
