using Inheritune.Api;

namespace Inheritune.Trainer.Runs;

/// <summary>What a run will read, train and need.</summary>
public sealed record RunForecast
{
    /// <summary>The reference's shape; null for a run from scratch.</summary>
    public required string? Reference { get; init; }

    /// <summary>Size of the reference's weights.</summary>
    public required long ReferenceBytes { get; init; }

    /// <summary>Size of the weights that are inherited.</summary>
    public required long InheritedBytes { get; init; }

    /// <summary>The target's shape.</summary>
    public required string Target { get; init; }

    /// <summary>Number of the target's parameters; tied ones count once.</summary>
    public required long Parameters { get; init; }

    /// <summary>The tokenizer; null when it will be trained on the dataset.</summary>
    public required string? Tokenizer { get; init; }

    public required DatasetFormat DatasetFormat { get; init; }

    /// <summary>Size of the dataset's files, validation data included.</summary>
    public required long DatasetBytes { get; init; }

    /// <summary>Number of ids in packed files; null for text.</summary>
    public required long? DatasetTokens { get; init; }

    public required int Steps { get; init; }

    public required long TrainingTokens { get; init; }

    /// <summary>Most bytes that an uninterrupted run reads of reference and data; of packed data that is streamed, blocks that no longer fit the cache are read again.</summary>
    public required long BytesToRead { get; init; }

    /// <summary>Size of one checkpoint, and of the memory in which it is copied so that the training goes on while it is written.</summary>
    public required long CheckpointBytes { get; init; }

    /// <summary>What the run takes of local disks.</summary>
    public required DiskForecast Disk { get; init; }
}
