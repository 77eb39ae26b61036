using Inheritune.Api;
using Inheritune.Trainer.Models;

namespace Inheritune.Trainer.Training;

/// <summary>The numbers of a training run once the model is known: what the manifest leaves open is decided here.</summary>
public sealed record TrainingPlan
{
    private const int DefaultSequenceLength = 1024;

    /// <summary>The paper warms up for 2,000 of 100,000 steps.</summary>
    private const int WarmupShare = 50;

    public required int SequenceLength { get; init; }

    public required int TotalSteps { get; init; }

    /// <summary>Tokens of one optimizer step.</summary>
    public required long TokensPerStep { get; init; }

    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>Fills in the defaults that depend on the model.</summary>
    /// <exception cref="RunException">The sequence does not fit into the model's context.</exception>
    public static TrainingPlan For(TrainingSpec spec, ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(model);
        var sequence = spec.SequenceLength ?? Math.Min(model.ContextLength, DefaultSequenceLength);
        if (sequence > model.ContextLength)
            throw RunException.Invalid("spec.training.sequenceLength", $"{sequence}", $"is longer than the model's context of {model.ContextLength} tokens; give at most {model.ContextLength}");

        var tokensPerStep = (long)sequence * spec.MicroBatchSize * spec.GradientAccumulationSteps;
        var steps = spec.Steps ?? (spec.Tokens!.Value + tokensPerStep - 1) / tokensPerStep;
        if (steps > int.MaxValue)
            throw RunException.Invalid("spec.training.tokens", $"{spec.Tokens}", $"would be {steps} steps of {tokensPerStep} tokens; give a larger batch or fewer tokens");

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
