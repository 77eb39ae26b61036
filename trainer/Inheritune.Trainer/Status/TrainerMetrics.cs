using Prometheus;

namespace Inheritune.Trainer.Status;

/// <summary>
/// The metrics of this process. No label names the run, which the labels of its pod do. What is not known yet is not shown, because a loss
/// of zero would be a lie. A registry of its own: the library's default one listens to every event source of .NET.
/// </summary>
internal static class TrainerMetrics
{
    private static readonly GaugeConfiguration WhenKnown = new() { SuppressInitialValue = true };
    private static readonly MetricFactory Factory;
    private static readonly Gauge Info;

    static TrainerMetrics()
    {
        Registry = Metrics.NewCustomRegistry();
        DotNetStats.Register(Registry);
        Factory = Metrics.WithCustomRegistry(Registry);
        Step = Create("step", "Optimizer steps done, over all attempts.");
        TargetSteps = Create("target_steps", "Optimizer steps of the whole run.");
        // It begins at what earlier attempts did; from zero, that would look like speed.
        Tokens = Factory.CreateCounter("inheritune_trainer_tokens_total", "Tokens trained on, over all attempts.", new CounterConfiguration { SuppressInitialValue = true });
        Loss = Create("loss", "Mean training loss of the last logged step, in nats per token.");
        ValidationLoss = Create("validation_loss", "Validation loss of the last evaluation during training, in nats per token.");
        GradientNorm = Create("gradient_norm", "Norm of the gradient of the last logged step, before clipping.");
        LearningRate = Create("learning_rate", "Learning rate of the last logged step.");
        TokensPerSecond = Create("tokens_per_second", "Training speed between the last two logged steps.");
        DataWaitRatio = Create("data_wait_ratio", "Share of the training time between the last two logged steps that went into getting data.");
        CheckpointSeconds = Factory.CreateHistogram("inheritune_trainer_checkpoint_seconds", "Time for which a checkpoint held up the training.", new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.01, 4, 9) });
        CheckpointSaveSeconds = Factory.CreateHistogram("inheritune_trainer_checkpoint_save_seconds", "Time from the begin of a checkpoint until it was in its final place.", new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.01, 4, 9) });
        var bytes = Factory.CreateCounter("inheritune_trainer_s3_bytes_total", "Bytes of objects received, and of requests that were answered.", "direction");
        (S3Received, S3Sent) = (bytes.WithLabels("received"), bytes.WithLabels("sent"));
        S3Retries = Factory.CreateCounter("inheritune_trainer_s3_retries_total", "Requests to the object store that were tried again.");
        Info = Factory.CreateGauge("inheritune_trainer_info", "1, with the version of the trainer and the device that it uses.", "version", "device");
    }

    public static CollectorRegistry Registry { get; }

    public static Gauge Step { get; }

    public static Gauge TargetSteps { get; }

    public static Counter Tokens { get; }

    public static Gauge Loss { get; }

    public static Gauge ValidationLoss { get; }

    public static Gauge GradientNorm { get; }

    public static Gauge LearningRate { get; }

    public static Gauge TokensPerSecond { get; }

    public static Gauge DataWaitRatio { get; }

    public static Histogram CheckpointSeconds { get; }

    public static Histogram CheckpointSaveSeconds { get; }

    public static Counter.Child S3Received { get; }

    public static Counter.Child S3Sent { get; }

    public static Counter S3Retries { get; }

    /// <summary>What does not change as long as the process lives.</summary>
    public static void Describe(string version, string device) => Info.WithLabels(version, device).Set(1);

    private static Gauge Create(string name, string help) => Factory.CreateGauge($"inheritune_trainer_{name}", help, WhenKnown);
}
