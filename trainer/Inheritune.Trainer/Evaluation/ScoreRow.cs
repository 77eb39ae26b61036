namespace Inheritune.Trainer.Evaluation;

/// <summary>One metric of one task, of one model or of two side by side.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Shots">Examples before each question.</param>
/// <param name="Documents">Number of documents.</param>
/// <param name="Metric">The metric's name.</param>
/// <param name="Reference">The reference's value; null without one.</param>
/// <param name="ReferenceError">Its standard error.</param>
/// <param name="Target">The model's value.</param>
/// <param name="TargetError">Its standard error.</param>
/// <param name="Difference">The model's value minus the reference's.</param>
/// <param name="DifferenceError">Its standard error, from pairs.</param>
/// <param name="PValue">Two-sided, from pairs.</param>
public sealed record ScoreRow(
    string Task, int Shots, int Documents, string Metric,
    double? Reference, double? ReferenceError, double Target, double? TargetError, double? Difference, double? DifferenceError, double? PValue)
{
    /// <summary>Rows for all metrics; groups come before the other tasks.</summary>
    internal static IReadOnlyList<ScoreRow> Of(EvaluationPlan plan, IReadOnlyList<TaskScore> target, IReadOnlyList<TaskScore>? reference)
    {
        var shots = plan.Tasks.ToDictionary(task => task.Task.Name, task => task.Shots);
        foreach (var group in plan.Groups) shots[group.Name] = shots[group.Members[0]];
        var rows = from score in target.Index()
                   orderby plan.Groups.Any(g => g.Name == score.Item.Name) ? 0 : 1
                   from metric in score.Item.Metrics.Index()
                   let other = reference?[score.Index].Metrics[metric.Index]
                   let pair = other is null ? null : PairedDifference.Of(metric.Item, other)
                   select new ScoreRow(score.Item.Name, shots[score.Item.Name], score.Item.Documents, metric.Item.Metric.Name,
                       other?.Value, other?.StandardError, metric.Item.Value, metric.Item.StandardError, pair?.Difference, pair?.StandardError, pair?.PValue);
        return [.. rows];
    }
}
