using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>
/// What is known about a run in a cluster. The operator writes all of it but <see cref="Progress"/>, <see cref="Checkpoint"/> and
/// <see cref="Results"/>, which the trainer writes. It stays below 16 KB: curves and samples are in the output.
/// </summary>
public sealed record InheritRunStatus
{
    [Range(0, long.MaxValue), Description("The generation of the resource that this status speaks of; when it is behind metadata.generation, the operator has not seen the last change yet.")]
    public long? ObservedGeneration { get; init; }

    [Description("Where the run is, in one word for scripts: Pending, Running, Suspended, Succeeded or Failed.")]
    public RunPhase? Phase { get; init; }

    [Description("When the operator took up the run.")]
    public DateTimeOffset? StartTime { get; init; }

    [Description("When the run came to its end, good or bad.")]
    public DateTimeOffset? CompletionTime { get; init; }

    [StringLength(71), RegularExpression(Patterns.Sha256)]
    [Description("Digest of the part of the spec that may not change.")]
    public string? SpecHash { get; init; }

    [StringLength(64, MinimumLength = 1), Description("The column STATUS of kubectl get: the reason of the condition Succeeded, or the trainer's stage and how far it is, such as Tokenizing 40%.")]
    public string? Summary { get; init; }

    [MaxLength(8), XListMapKeys("type"), Description("What holds at present. Succeeded sums it up: it is Unknown while the run goes on, and its reason is one word.")]
    public IReadOnlyList<RunCondition> Conditions { get; init; } = [];

    [Description("Preflights that ended without a verdict; absent where there were none.")]
    public RunPreflights? Preflights { get; init; }

    [Description("The Job that trains.")]
    public RunJob? Job { get; init; }

    [Description("How many attempts ended early, and why.")]
    public RunAttempts? Attempts { get; init; }

    [Description("How the last attempt that failed ended.")]
    public RunFailure? LastFailure { get; init; }

    [Description("How far the trainer has come. Written by the trainer.")]
    public RunProgress? Progress { get; init; }

    [Description("The last checkpoint, from which an attempt would continue. Written by the trainer.")]
    public RunCheckpoint? Checkpoint { get; init; }

    [Description("What came out of the run. Written by the trainer.")]
    public RunResults? Results { get; init; }

    [Range(0, long.MaxValue), Description("Size of one checkpoint, as the preflight has found it.")]
    public long? CheckpointBytes { get; init; }

    [Description("What the run has cost.")]
    public RunUsage? Usage { get; init; }
}
