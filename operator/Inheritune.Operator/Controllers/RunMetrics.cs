using System.Reflection;
using Inheritune.Api;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;
using Prometheus;

namespace Inheritune.Operator.Controllers;

/// <summary>What the runs of a cluster do. No label names a run, or its number would be that of all runs ever.</summary>
internal static class RunMetrics
{
    private static readonly double[] Seconds = Histogram.ExponentialBuckets(1, 4, 11);

    private static readonly Gauge Runs = Metrics.CreateGauge("inheritune_runs", "Runs by what they are doing or how they ended.", "namespace", "state");
    private static readonly Gauge Age = Metrics.CreateGauge("inheritune_progress_age_seconds", "Time since the trainer that has been silent for the longest reported.", "namespace");
    private static readonly Counter Completions = Metrics.CreateCounter("inheritune_run_completions_total", "Runs that came to their end.", "namespace", "result", "reason");
    private static readonly Counter Disruptions = Metrics.CreateCounter("inheritune_run_disruptions_total", "Attempts that the cluster ended.", "namespace", "cause");
    private static readonly Counter Gpu = Metrics.CreateCounter("inheritune_gpu_seconds_total", "Time for which ended attempts held a GPU.", "namespace", "outcome");
    private static readonly Histogram Queue = Create("inheritune_run_queue_seconds", "Time from a run's creation to its first pod's node.");
    private static readonly Histogram Start = Create("inheritune_run_start_seconds", "Time from a run's creation to its trainer's first report.");
    private static readonly Histogram Duration = Create("inheritune_run_duration_seconds", "Time from a run's creation to its end.");

    static RunMetrics() => Metrics.CreateGauge("inheritune_build_info", "1, with the version of the operator.", "version")
        .WithLabels(typeof(RunMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Set(1);

    /// <summary>Counts what a status write has made true.</summary>
    public static void Count(V1Alpha1InheritRun run, RunPlan plan, DateTimeOffset now)
    {
        var (before, after, ns) = (run.Status ?? new(), plan.Status, run.Namespace());
        var age = (now - new DateTimeOffset(run.Metadata.CreationTimestamp ?? now.UtcDateTime)).TotalSeconds;
        if (before.Job?.StartTime is null && before.Job?.Attempt is null or 1 && after.Job is { Attempt: 1, StartTime: not null }) Queue.Observe(age);
        if (before.Is(ConditionTypes.Reconciling, ConditionStatus.True) && after.Condition(ConditionTypes.Reconciling)?.Reason == "TrainerStarted") Start.Observe(age);
        Add(Disruptions.WithLabels(ns, plan.Disruption ?? ConditionReasons.Disrupted), before.Attempts?.Disrupted, after.Attempts?.Disrupted);
        Add(Gpu.WithLabels(ns, "wasted"), before.Usage?.WastedGpuSeconds, after.Usage?.WastedGpuSeconds);
        Add(Gpu.WithLabels(ns, "useful"), before.Usage?.GpuSeconds - before.Usage?.WastedGpuSeconds, after.Usage?.GpuSeconds - after.Usage?.WastedGpuSeconds);
        if (before.IsFinished() || !after.IsFinished()) return;
        var end = after.Condition(ConditionTypes.Succeeded)!;
        Duration.Observe(age);
        Completions.WithLabels(ns, end.Status == ConditionStatus.True ? "succeeded" : "failed", end.Reason).Inc();
    }

    /// <summary>Fills the gauges from a store whenever someone asks.</summary>
    public static void Follow(IReadOnlyList<ObjectStore<V1Alpha1InheritRun>> stores, TimeProvider time) => Metrics.DefaultRegistry.AddBeforeCollectCallback(() =>
    {
        foreach (var labels in Runs.GetAllLabelValues()) Runs.WithLabels(labels).Set(0);
        foreach (var labels in Age.GetAllLabelValues()) Age.WithLabels(labels).Set(0);
        foreach (var (ns, state, heard) in stores.SelectMany(store => store.Select(Look)))
        {
            Runs.WithLabels(ns, state).Inc();
            if (heard is null) continue;
            var age = Age.WithLabels(ns);
            age.Set(Math.Max(age.Value, (time.GetUtcNow() - heard.Value).TotalSeconds));
        }
    });

    /// <summary>A run's namespace and state, and when its trainer reported last, while there is one.</summary>
    private static (string Namespace, string State, DateTimeOffset? Heard) Look(V1Alpha1InheritRun run)
    {
        var trains = run.Status is { Job: { StartTime: not null, EndTime: null } } && !run.Status.IsFinished();
        return (run.Namespace(), run.Status?.Condition(ConditionTypes.Succeeded)?.Reason ?? "", trains ? run.Status!.Progress?.UpdateTime : null);
    }

    private static void Add(Counter.Child counter, long? before, long? after)
    {
        if (after - (before ?? 0) is > 0 and var more) counter.Inc(more);
    }

    private static Histogram Create(string name, string help) => Metrics.CreateHistogram(name, help, new HistogramConfiguration { Buckets = Seconds });
}
