using System.Diagnostics;
using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>The training loop (paper, appendix; published code): schedule, evaluation and checkpoint, micro-steps, clip, step, log.</summary>
public sealed class TrainingLoop(
    InheritRunSpec spec,
    TrainingPlan plan,
    CausalLanguageModel model,
    AdamW optimizer,
    BatchSampler sampler,
    LossEvaluator evaluator,
    TrainingCheckpoints checkpoints,
    MetricsFile metrics,
    IRunStatus status)
{
    private bool _isCheckpointDue;

    private readonly ThroughputMeter _speed = new(model.Config, plan, DevicePeak.Measure(model.Device, spec.Training.Precision));

    /// <summary>Trains from where <paramref name="state"/> stands to the end, and leaves a checkpoint there.</summary>
    /// <exception cref="OperationCanceledException">Stopped; a checkpoint of the last whole step has been written.</exception>
    /// <exception cref="RunException">The training diverged; the last checkpoint is kept.</exception>
    public void Run(TrainingState state, CancellationToken stop)
    {
        using var stage = status.Begin("Training", plan.TotalSteps, "steps");
        status.Report(new RunProgress { Activity = RunActivity.Training, TotalSteps = plan.TotalSteps });
        var step = new TrainingStep(model, optimizer, sampler, spec.Training) { OnData = OnData };
        var sinceCheckpoint = Stopwatch.StartNew();
        try
        {
            while (state.Step < plan.TotalSteps)
            {
                var learningRate = plan.Schedule.At(state.Step);
                if (state.Step % spec.Evaluation.EverySteps == 0) Evaluate(state, stop);
                var start = Stopwatch.GetTimestamp();
                using var figures = step.Gradients(state.Step, stop);
                if (IsCheckpointDue(state.Step, sinceCheckpoint.Elapsed))
                {
                    // Only now have the weights shown that they are good, and neither they nor the state have changed yet.
                    CheckLoss(state, figures.Read());
                    var pause = Stopwatch.GetTimestamp();
                    Save(state);
                    _isCheckpointDue = false;
                    start += Stopwatch.GetTimestamp() - pause;
                    sinceCheckpoint.Restart();
                }

                step.Update(learningRate, figures);

                // Only now is a GPU waited for, when it has all of the step to do. Weights that a bad gradient has spoilt are never saved.
                (state.FirstLoss, state.SmoothedLoss) = CheckLoss(state, figures.Read());
                var (loss, norm) = figures.Read();
                state.Step++;
                var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                _speed.Add(seconds);
                state.Seconds += seconds;
                using (model.Clock?.Enter(TrainingActivity.Status))
                {
                    stage.Report(state.Step, $"loss {loss:F4}");
                    status.Report(new RunProgress { Step = state.Step, Tokens = state.Step * plan.TokensPerStep });
                }

                if (state.Step % spec.Training.LogEverySteps == 0 || state.Step == plan.TotalSteps) Log(state, loss, norm, learningRate);
            }

            Evaluate(state, stop);
            Save(state, wait: true);
            if (model.Clock is not null) Record(new MetricPoint { Step = state.Step, Tokens = state.Step * plan.TokensPerStep });
        }
        catch (OperationCanceledException)
        {
            Save(state, wait: true);
            throw;
        }
    }

    /// <summary>A step of many micro-batches may take long.</summary>
    private void OnData(TimeSpan waited)
    {
        _speed.AddData(waited);
        status.Beat();
    }

    private void Evaluate(TrainingState state, CancellationToken stop)
    {
        if (state.EvaluatedStep == state.Step) return;
        using var _ = model.Clock?.Enter(TrainingActivity.Evaluation);
        status.Report(RunActivity.Evaluating);
        var loss = evaluator.Quick(model, spec.Evaluation.Batches, stop, status);
        Record(new MetricPoint { Step = state.Step, Tokens = state.Step * plan.TokensPerStep, ValidationLoss = loss, Seconds = state.Seconds });
        status.Info(string.Create(CultureInfo.InvariantCulture, $"step {state.Step}/{plan.TotalSteps} | validation loss {loss:F4}"));
        status.Report(new RunProgress { Activity = RunActivity.Training, EvalLoss = Figures.Loss(loss) });
        state.EvaluatedStep = state.Step;

        // Without this a run could fall apart in its last steps and still be exported.
        if (!double.IsFinite(loss) || (state.FirstLoss > 0 && loss > HighestLoss(state.FirstLoss)))
            throw Diverged(state, string.Create(CultureInfo.InvariantCulture, $"validation loss {loss:F4}"));
    }

    private void Record(MetricPoint point)
    {
        if (model.Clock is { } clock) point = point with { Activities = clock.Take(), Operators = OperatorKinds.Take() };
        metrics.Append(point);
        status.Report(point);
    }

    /// <summary>One that is due while the one before is on its way comes after it.</summary>
    private bool IsCheckpointDue(int step, TimeSpan sinceLast)
    {
        _isCheckpointDue |= sinceLast.TotalSeconds >= spec.Checkpoint.EverySeconds || (spec.Checkpoint.EverySteps is { } every && step > 0 && step % every == 0);
        return checkpoints.IsReady && _isCheckpointDue;
    }

    private void Save(TrainingState state, bool wait = false)
    {
        using var _ = model.Clock?.Enter(TrainingActivity.Checkpoint);
        status.Report(RunActivity.Checkpointing);
        state.MetricsBytes = metrics.Length;
        checkpoints.Save(model, optimizer, state, wait);
        status.Report(RunActivity.Training);
    }

    /// <summary>Throws when the loss or the gradient is not a number, or the smoothed loss is above <see cref="HighestLoss"/>.</summary>
    /// <returns>First and smoothed loss of the state after this step.</returns>
    private (double First, double Smoothed) CheckLoss(TrainingState state, (double Loss, double Norm) figures)
    {
        var (loss, norm) = figures;
        var (first, before) = state.FirstLoss == 0 ? (loss, loss) : (state.FirstLoss, state.SmoothedLoss);
        var smoothed = 0.9 * before + 0.1 * loss;
        if (double.IsFinite(loss) && double.IsFinite(norm) && smoothed <= HighestLoss(first)) return (first, smoothed);

        Record(new MetricPoint { Step = state.Step, Tokens = state.Step * plan.TokensPerStep, Loss = loss, GradientNorm = norm });
        throw Diverged(state, string.Create(CultureInfo.InvariantCulture, $"loss {loss:F4}, gradient norm {norm:F4}"));
    }

    /// <summary>
    /// Twice what blind guessing among the vocabulary costs. Some inherited models start above that, so the loss must have
    /// doubled since the start as well.
    /// </summary>
    private double HighestLoss(double first) => 2 * Math.Max(Math.Log(model.Config.VocabularySize), first);

    private RunException Diverged(TrainingState state, string what)
    {
        var kept = checkpoints.LastStep is { } step ? $"the last checkpoint, of step {step}, is kept" : "there is no checkpoint yet";
        // Nothing has been learned before the first step, so nothing of the learning is to blame.
        if (state.Step == 0)
            return new(ExitCode.Diverged, $"training cannot begin: at step 0, {what}, with the weights as they were inherited or drawn; {kept}. Check the reference and the data{(spec.Training.Precision == ComputePrecision.Float32 ? "" : ", or set spec.training.precision to Float32")}, with a new output folder");
        var clipping = Decimals.Parse(spec.Training.GradientClipNorm) == 0 ? "switch clipping on (spec.training.gradientClipNorm, such as \"1.0\")" : $"lower spec.training.gradientClipNorm ({spec.Training.GradientClipNorm})";
        return new(ExitCode.Diverged,
            $"training diverged at step {state.Step}: {what}; {kept}. Lower spec.training.learningRate ({spec.Training.LearningRate}), lengthen spec.training.warmupSteps ({plan.Schedule.WarmupSteps}) or {clipping}, with a new output folder");
    }

    private void Log(TrainingState state, double loss, double norm, double learningRate)
    {
        using var _ = model.Clock?.Enter(TrainingActivity.Status);
        var memory = Environment.WorkingSet;
        var remaining = _speed.SecondsPerStep * (plan.TotalSteps - state.Step);
        Record(new MetricPoint
        {
            Step = state.Step,
            Tokens = state.Step * plan.TokensPerStep,
            Loss = loss,
            GradientNorm = norm,
            LearningRate = learningRate,
            TokensPerSecond = _speed.TokensPerSecond,
            Mfu = _speed.Utilisation,
            DataWait = _speed.DataWait,
            MemoryBytes = memory,
            Seconds = state.Seconds,
        });
        status.Info(string.Create(CultureInfo.InvariantCulture,
            $"step {state.Step}/{plan.TotalSteps} | loss {loss:F4} | grad norm {norm:F3} | lr {learningRate:0.00e+00} | {_speed.TokensPerSecond:N0} tok/s | MFU {_speed.Utilisation:P1} | data wait {_speed.DataWait:P1} | ETA {StageProgress.Clock(remaining)} | {memory / 1e6:N0} MB"));
        status.Report(new RunProgress
        {
            Loss = Figures.Loss(loss),
            TokensPerSecond = (long)_speed.TokensPerSecond,
            DataWaitPercent = (int)Math.Clamp(100 * _speed.DataWait, 0, 100),
            EtaSeconds = (long)remaining,
        });
        _speed.Reset();
    }
}
