using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Reporting;

/// <summary>The metrics of one training run, drawn as one line per plot.</summary>
/// <param name="Name">Label in the legend, such as "inherited" or "random initialisation".</param>
/// <param name="Points">Its <c>metrics.jsonl</c>, in the order of steps.</param>
public sealed record RunCurve(string Name, IReadOnlyList<MetricPoint> Points);
