namespace Inheritune.Trainer.Evaluation;

/// <summary>Scores of a group: the mean of its tasks, and the mean in which each document counts the same.</summary>
internal static class GroupScores
{
    /// <param name="group">The group.</param>
    /// <param name="harness">0.4 calls the mean by size <c>acc</c>; the paper's scripts, with 0.3, the mean of the tasks.</param>
    /// <param name="members">Scores of its members; groups among them are taken apart for the mean of tasks.</param>
    public static TaskScore Of(TaskGroup group, HarnessVersion harness, IReadOnlyList<TaskScore> members)
    {
        var size = members.Sum(member => member.Documents);
        var metrics = new List<MetricScore>();
        foreach (var (index, metric) in members[0].Metrics.Index().Where(m => !m.Item.Metric.Name.Contains(' ', StringComparison.Ordinal)))
        {
            var scores = members.Select(member => (member.Documents, Score: member.Metrics[index])).ToArray();
            var bySize = Weighted(metric.Metric, [.. scores.Select(s => ((double)s.Documents / size, s.Score))]) with { StandardError = Pooled(scores) };
            var tasks = scores.Sum(s => s.Score.Parts.Count);
            var ofTasks = scores.SelectMany(s => s.Score.Parts).Select(part => (1.0 / tasks, MetricScore.Of(metric.Metric, part.Observations))).ToArray();
            var plain = Weighted(metric.Metric, ofTasks) with { StandardError = Independent(ofTasks) };
            metrics.AddRange(harness == HarnessVersion.V04
                ? [bySize, plain with { Metric = metric.Metric with { Name = $"{metric.Metric.Name} by task" } }]
                : [plain, bySize with { Metric = metric.Metric with { Name = $"{metric.Metric.Name} by size" } }]);
        }

        return new TaskScore(group.Name, size, metrics);
    }

    private static MetricScore Weighted(Metric metric, IReadOnlyList<(double Weight, MetricScore Score)> scores) => new(
        metric, scores.Sum(s => s.Weight * s.Score.Value), null, [.. scores.SelectMany(s => s.Score.Parts.Select(part => (s.Weight * part.Weight, part.Observations)))]);

    /// <summary>The harness's pooled standard error.</summary>
    private static double? Pooled((int Documents, MetricScore Score)[] scores)
    {
        if (scores.Any(s => s.Score.StandardError is null)) return null;
        var size = scores.Sum(s => s.Documents);
        var variance = scores.Sum(s => (s.Documents - 1.0) * s.Documents * s.Score.StandardError!.Value * s.Score.StandardError.Value) / (size - scores.Length);
        return Math.Sqrt(variance / size);
    }

    /// <summary>Of a weighted sum of independent values.</summary>
    private static double? Independent((double Weight, MetricScore Score)[] scores) => scores.Any(s => s.Score.StandardError is null)
        ? null
        : Math.Sqrt(scores.Sum(s => s.Weight * s.Weight * s.Score.StandardError!.Value * s.Score.StandardError.Value));
}
