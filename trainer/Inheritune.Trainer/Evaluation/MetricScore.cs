namespace Inheritune.Trainer.Evaluation;

/// <summary>A metric's value.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Value">The value.</param>
/// <param name="StandardError">As the harness computes it; null where it computes none.</param>
/// <param name="Parts">What it is made of, for comparing two models document by document: for a group, the members with their weights.</param>
internal sealed record MetricScore(Metric Metric, double Value, double? StandardError, IReadOnlyList<(double Weight, IReadOnlyList<Observation> Observations)> Parts)
{
    public static MetricScore Of(Metric metric, IReadOnlyList<Observation> observations) => new(
        metric, Statistics.Aggregate(metric.Aggregation, observations), Statistics.StandardError(metric.Aggregation, observations), [(1, observations)]);
}
