using Inheritune.Api;
using Inheritune.Trainer.Training;
using Prometheus;

namespace Inheritune.Trainer.Status;

/// <summary>Passes everything on to another status and keeps <see cref="TrainerMetrics"/> up to date besides.</summary>
internal sealed class MetricsStatus(IRunStatus next, TimeProvider time) : IRunStatus
{
    private long? _checkpointing;

    public void Info(string message) => next.Info(message);

    public void Warn(string message) => next.Warn(message);

    public void Beat() => next.Beat();

    public IDisposable? Wait(string what) => next.Wait(what);

    public IStage Begin(string title, double total, string unit) => next.Begin(title, total, unit);

    public void Report(InheritRunStatus news)
    {
        next.Report(news);
        if (news.Progress is not { } progress) return;
        Set(TrainerMetrics.Step, progress.Step);
        Set(TrainerMetrics.TargetSteps, progress.TotalSteps);
        if (progress.Tokens is { } tokens) TrainerMetrics.Tokens.IncTo(tokens);
        if (progress.Activity is not { } activity) return;
        if (_checkpointing is { } since) TrainerMetrics.CheckpointSeconds.Observe(time.GetElapsedTime(since).TotalSeconds);
        _checkpointing = activity == RunActivity.Checkpointing ? time.GetTimestamp() : null;
    }

    public void Report(MetricPoint point)
    {
        next.Report(point);
        Set(TrainerMetrics.Loss, point.Loss);
        Set(TrainerMetrics.ValidationLoss, point.ValidationLoss);
        Set(TrainerMetrics.GradientNorm, point.GradientNorm);
        Set(TrainerMetrics.LearningRate, point.LearningRate);
        Set(TrainerMetrics.TokensPerSecond, point.TokensPerSecond);
        Set(TrainerMetrics.DataWaitRatio, point.DataWait);
    }

    private static void Set(Gauge gauge, double? value)
    {
        if (value is { } known) gauge.Set(known);
    }
}
