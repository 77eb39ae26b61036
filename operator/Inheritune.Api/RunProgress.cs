using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>The trainer's own account of a run. Losses are in nats per token.</summary>
public sealed record RunProgress
{
    [Description("What the trainer is busy with.")]
    public RunActivity? Activity { get; init; }

    [StringLength(64, MinimumLength = 1), Description("Which part of that it is at, such as Tokenizing; absent while there is no more to say.")]
    public string? Stage { get; init; }

    [StringLength(4), RegularExpression(Patterns.Percent), Description("Share of the stage that is done, such as 40%.")]
    public string? StagePercent { get; init; }

    [StringLength(512, MinimumLength = 1), Description("What the trainer waits for, such as a store that does not answer; absent while nothing holds it up.")]
    public string? Trouble { get; init; }

    [Range(0, 100_000_000), Description("Number of optimizer steps done.")]
    public int? Step { get; init; }

    [Range(1, 100_000_000), Description("Number of optimizer steps of the whole run.")]
    public int? TotalSteps { get; init; }

    [StringLength(4), RegularExpression(Patterns.Percent), Description("Share of the steps that is done, such as 24%.")]
    public string? Percent { get; init; }

    [Range(0, long.MaxValue), Description("Number of tokens trained on.")]
    public long? Tokens { get; init; }

    [StringLength(32), RegularExpression(Patterns.Decimal)]
    [Description("Loss on the training data, of the last logged steps: the column LOSS.")]
    public string? Loss { get; init; }

    [StringLength(32), RegularExpression(Patterns.Decimal), Description("Loss on the validation data, of the last evaluation.")]
    public string? EvalLoss { get; init; }

    [StringLength(32), RegularExpression(Patterns.SignedDecimal)]
    [Description("How far evalLoss is above the reference's loss on the same data; negative when the target is better: the column GAP.")]
    public string? Gap { get; init; }

    [Range(0, long.MaxValue), Description("Training throughput, in tokens per second.")]
    public long? TokensPerSecond { get; init; }

    [Range(0, 100), Description("Share of the time spent waiting for data, in percent; far above 0 means that storage is the bottleneck.")]
    public int? DataWaitPercent { get; init; }

    [Range(0, long.MaxValue), Description("Estimated time to the end of training, in seconds.")]
    public long? EtaSeconds { get; init; }

    [StringLength(32, MinimumLength = 2), RegularExpression(Patterns.Duration), Description("Estimated time to the end of training, for people, such as 1h30m.")]
    public string? Eta { get; init; }

    [Range(0, 100_000_000), Description("Step of the checkpoint that this attempt went on from; absent where it began anew.")]
    public int? ResumedStep { get; init; }

    [Description("When that checkpoint was complete.")]
    public DateTimeOffset? ResumedTime { get; init; }

    [Description("When the trainer reported last. It does so only while it gets on.")]
    public DateTimeOffset? UpdateTime { get; init; }
}
