using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>The training loop: budget, batch, AdamW with warm-up and cosine decay, numeric precision. Defaults are the paper's.</summary>
public sealed class TrainingSpec
{
    [Range(1, 100_000_000), Description("Number of optimizer steps. Exactly one of steps and tokens.")]
    public int? Steps { get; init; }

    [Range(1, long.MaxValue), Description("Number of tokens to train on, rounded up to whole steps. Exactly one of steps and tokens.")]
    public long? Tokens { get; init; }

    [Range(2, 1048576), Description("Tokens per sequence. Default: the model's context length, at most 1024.")]
    public int? SequenceLength { get; init; }

    [Range(1, 65536), Description("Sequences per forward pass; bounded by memory.")]
    public int MicroBatchSize { get; init; } = 8;

    [Range(1, 65536), Description("Forward passes per optimizer step.")]
    public int GradientAccumulationSteps { get; init; } = 1;

    [Description("Mean averages the gradients of the micro-batches; Sum adds them before clipping, as the published GPT-2 code does.")]
    public GradientReduction GradientReduction { get; init; } = GradientReduction.Mean;

    [StringLength(32), RegularExpression(Patterns.Decimal), Description("Peak learning rate of AdamW, such as \"3e-4\", with quotes.")]
    public string LearningRate { get; init; } = "3e-4";

    [StringLength(32), RegularExpression(Patterns.Decimal), Description("Learning rate at the end of the cosine.")]
    public string MinLearningRate { get; init; } = "1e-5";

    [Range(0, 100_000_000), Description("Steps of linear warm-up. Default: 2 % of the steps.")]
    public int? WarmupSteps { get; init; }

    [StringLength(32), RegularExpression(Patterns.Decimal), Description("Decoupled weight decay of the linear layers; norms, biases, embeddings and a tied head are not decayed.")]
    public string WeightDecay { get; init; } = "0.1";

    [StringLength(32), RegularExpression(Patterns.Decimal), Description("AdamW's decay of the first moment.")]
    public string Beta1 { get; init; } = "0.9";

    [StringLength(32), RegularExpression(Patterns.Decimal), Description("AdamW's decay of the second moment.")]
    public string Beta2 { get; init; } = "0.95";

    [StringLength(32), RegularExpression(Patterns.Decimal), Description("AdamW's epsilon, which keeps its divisor above 0.")]
    public string Epsilon { get; init; } = "1e-8";

    [StringLength(32), RegularExpression(Patterns.Decimal), Description("Norm to which gradients are clipped; 0 switches clipping off.")]
    public string GradientClipNorm { get; init; } = "1.0";

    [StringLength(32), RegularExpression(Patterns.Decimal), Description("Dropout probability in attention, residual branches and embeddings.")]
    public string Dropout { get; init; } = "0";

    [Description("Float32, or BFloat16 for matrix products with Float32 master weights, norms, softmax and loss.")]
    public ComputePrecision Precision { get; init; } = ComputePrecision.Float32;

    [Description("Keeps of each block only what enters it and computes the rest again in the backward pass: a third more work, a fraction of the memory, the same result.")]
    public bool ActivationCheckpointing { get; init; }

    [Range(0, int.MaxValue), Description("Seed of the data order, fresh weights and dropout.")]
    public int Seed { get; init; } = 1337;

    [Range(1, 1_000_000), Description("Steps between two lines of the log and of metrics.jsonl.")]
    public int LogEverySteps { get; init; } = 10;
}
