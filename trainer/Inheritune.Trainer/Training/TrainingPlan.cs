using Inheritune.Api;
using Inheritune.Trainer.Models;

namespace Inheritune.Trainer.Training;

/// <summary>The numbers of a training run once the model is known: what the manifest leaves open is decided here.</summary>
public sealed record TrainingPlan
{
    private const int DefaultSequenceLength = 1024;

    /// <summary>As many as spec.training.steps may be; names of checkpoints have nine digits.</summary>
    private const int MostSteps = 100_000_000;

    /// <summary>The paper warms up for 2,000 of 100,000 steps.</summary>
    private const int WarmupShare = 50;

    public required int SequenceLength { get; init; }

    public required int TotalSteps { get; init; }

    /// <summary>Tokens of one optimizer step.</summary>
    public required long TokensPerStep { get; init; }

    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>Fills in the defaults that depend on the model.</summary>
    /// <exception cref="RunException">The sequence does not fit into the model's context, or a number not into what it is computed in.</exception>
    public static TrainingPlan For(TrainingSpec spec, ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(model);
        TrainingDecimals.Require(spec);
        var sequence = spec.SequenceLength ?? Math.Min(model.ContextLength, DefaultSequenceLength);
        if (sequence > model.ContextLength)
            throw RunException.Invalid("spec.training.sequenceLength", $"{sequence}", $"is longer than the model's context of {model.ContextLength} tokens; give at most {model.ContextLength}");

        var tokensPerStep = (long)sequence * spec.MicroBatchSize * spec.GradientAccumulationSteps;
        if ((sequence + 1L) * spec.MicroBatchSize > Array.MaxLength)
            throw RunException.Invalid("spec.training.microBatchSize", $"{spec.MicroBatchSize}", $"is too many sequences of {sequence} tokens for one forward pass, which takes at most {Array.MaxLength} tokens; lower it and raise spec.training.gradientAccumulationSteps");

        var steps = spec.Steps ?? ((spec.Tokens!.Value - 1) / tokensPerStep) + 1;
        if (steps > MostSteps || steps > long.MaxValue / tokensPerStep)
            throw RunException.Invalid(
                spec.Steps is null ? "spec.training.tokens" : "spec.training.steps", $"{spec.Steps ?? spec.Tokens}",
                $"would be {steps} steps of {tokensPerStep} tokens; at most {Math.Min(MostSteps, long.MaxValue / tokensPerStep)} steps of this size can be counted. Give fewer, or another batch");

        var warmup = spec.WarmupSteps ?? (int)(steps / WarmupShare);
        if (warmup > steps) throw RunException.Invalid("spec.training.warmupSteps", $"{warmup}", $"is more than the run's {steps} steps");
        return new TrainingPlan
        {
            SequenceLength = sequence,
            TotalSteps = (int)steps,
            TokensPerStep = tokensPerStep,
            Schedule = new LearningRateSchedule(Decimals.Parse(spec.LearningRate), Decimals.Parse(spec.MinLearningRate), warmup, (int)steps),
        };
    }
}
