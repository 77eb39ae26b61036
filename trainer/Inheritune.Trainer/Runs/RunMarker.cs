using Inheritune.Api;

namespace Inheritune.Trainer.Runs;

/// <summary>The file <c>run.json</c> in an output folder: whose folder it is and what is already known about the run.</summary>
public sealed record RunMarker
{
    /// <summary>Name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>Identifies everything that decides the result.</summary>
    public required string RecipeHash { get; init; }

    /// <summary>The recipe itself, to say how another one differs.</summary>
    public required InheritRunSpec Recipe { get; init; }

    /// <summary>Number of the process that works on the run, counted from 1; a later one takes the run over from an earlier one.</summary>
    public int Attempt { get; init; }

    /// <summary>That process: host, process id and when it began.</summary>
    public string? Writer { get; init; }

    /// <summary>Who works in the output; null when nobody does, and in what earlier versions wrote.</summary>
    public RunOwner? Owner { get; init; }

    /// <summary>Folders of the checkpoints in an object store, the newest first; what is not named here does not count.</summary>
    public IReadOnlyList<string> Checkpoints { get; init; } = [];

    /// <summary>When the newest of them was complete; null where that is not known.</summary>
    public DateTimeOffset? CheckpointTime { get; init; }

    /// <summary>The model and the report are there.</summary>
    public bool Complete { get; init; }

    /// <summary>The files that the run began with.</summary>
    public RunData? Data { get; init; }

    /// <summary>Identity of their ids, and of the order in which they are taken.</summary>
    public string? DataDigest { get; init; }

    /// <summary>Exact validation losses that need not be measured again, in nats per token.</summary>
    public double? ReferenceLoss { get; init; }

    public double? InitialLoss { get; init; }

    public double? FinalLoss { get; init; }

    /// <summary>Digest of the inherited weights in the order of the forward pass, as <see cref="Checkpoints.Checkpoint.Read"/> makes it.</summary>
    public string? InheritedDigest { get; init; }

    /// <summary>SHA-256 digest of what <c>sha256sum *</c> prints in the model's folder; null where the output is local.</summary>
    public string? ModelDigest { get; init; }

    /// <summary>SHA-256 digest of the report.</summary>
    public string? ReportDigest { get; init; }

    /// <summary>Bytes of weights read to inherit.</summary>
    public long InheritedBytes { get; init; }
}
