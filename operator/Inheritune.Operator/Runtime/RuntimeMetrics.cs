using Prometheus;

namespace Inheritune.Operator.Runtime;

/// <summary>The runtime's metrics, under the names that dashboards for Go operators know.</summary>
internal static class RuntimeMetrics
{
    private static readonly double[] Seconds = Histogram.ExponentialBuckets(0.001, 4, 10);

    public static Counter Requests { get; } = Metrics.CreateCounter("rest_client_requests_total", "Requests to the API server.", "code", "method", "host");

    public static Gauge QueueDepth { get; } = Metrics.CreateGauge("workqueue_depth", "Keys that wait for a worker.", "name");

    public static Counter QueueAdds { get; } = Metrics.CreateCounter("workqueue_adds_total", "Keys queued.", "name");

    public static Counter QueueRetries { get; } = Metrics.CreateCounter("workqueue_retries_total", "Keys queued again after a failure.", "name");

    public static Histogram QueueSeconds { get; } = Create("workqueue_queue_duration_seconds", "Time that a key waited for a worker.", "name");

    public static Counter Reconciles { get; } = Metrics.CreateCounter("controller_runtime_reconcile_total", "Reconciliations.", "controller", "result");

    public static Histogram ReconcileSeconds { get; } = Create("controller_runtime_reconcile_time_seconds", "Time of one reconciliation.", "controller");

    public static Gauge Leader { get; } = Metrics.CreateGauge("leader_election_master_status", "1 while this process leads.", "name");

    public static Counter LostEvents { get; } = Metrics.CreateCounter("inheritune_events_lost_total", "Kubernetes Events that could not be written.");

    private static Histogram Create(string name, string help, string label) =>
        Metrics.CreateHistogram(name, help, [label], new HistogramConfiguration { Buckets = Seconds });
}
