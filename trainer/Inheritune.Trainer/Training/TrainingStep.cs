using System.Diagnostics;
using Inheritune.Api;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>
/// One optimizer step: the gradients of its micro-batches, their norm, and AdamW with the clipped gradients. Nothing is read back from the
/// device, so that the host is ahead of it: the next micro-batch is on its way while it works.
/// </summary>
/// <param name="model">The model, whose parameters and gradients it changes.</param>
/// <param name="optimizer">Moments of the model's parameters.</param>
/// <param name="sampler">Draws the micro-batches.</param>
/// <param name="spec">Accumulation, clipping and dropout's seed.</param>
public sealed class TrainingStep(CausalLanguageModel model, AdamW optimizer, BatchSampler sampler, TrainingSpec spec)
{
    private readonly double _clipNorm = Decimals.Parse(spec.GradientClipNorm);

    /// <summary>Hears how long each micro-batch's data took.</summary>
    public Action<TimeSpan>? OnData { get; init; }

    /// <summary>Adds up the gradients of one step's micro-batches.</summary>
    /// <returns>Loss and norm of the gradient, for <see cref="Update"/> too.</returns>
    /// <exception cref="OperationCanceledException">Stopped between two micro-batches; the weights are as they were.</exception>
    public StepFigures Gradients(int step, CancellationToken stop)
    {
        model.ClearGradients();
        var microSteps = spec.GradientAccumulationSteps;
        var scale = spec.GradientReduction == GradientReduction.Mean ? 1.0 / microSteps : 1.0;
        using var stepScope = NewDisposeScope();
        var losses = new List<Tensor>();
        for (var micro = 0; micro < microSteps; micro++)
        {
            stop.ThrowIfCancellationRequested();
            var index = (long)step * microSteps + micro;
            using var scope = NewDisposeScope();

            var start = Stopwatch.GetTimestamp();
            var (idsBT, targetsBT) = Batch(index);
            OnData?.Invoke(Stopwatch.GetElapsedTime(start));
            // Dropout depends on the position alone, so no generator state has to be saved.
            var dropoutSeed = (long)(CounterRandom.Bits(spec.Seed, "dropout", index) >> 2);
            losses.Add(model.AddGradients(idsBT, targetsBT, scale, dropoutSeed).MoveToOuterDisposeScope());
        }

        using var _ = model.Clock?.Enter(TrainingActivity.Optimizer);
        var norm = GradientClipping.Norm(model.Parameters.Values);
        return new StepFigures(stack(losses).to(ScalarType.Float64).mean(), norm, _clipNorm > 0 ? GradientClipping.Divisor(norm, _clipNorm) : null);
    }

    /// <summary>Moves the parameters by the clipped gradients.</summary>
    public void Update(double learningRate, StepFigures figures)
    {
        using var _ = model.Clock?.Enter(TrainingActivity.Optimizer);
        optimizer.Step(learningRate, figures.Divisor);
    }

    private (Tensor IdsBT, Tensor TargetsBT) Batch(long index)
    {
        using var _ = model.Clock?.Enter(TrainingActivity.Data);
        return sampler.Batch(index);
    }
}
