namespace Inheritune.Trainer.Evaluation;

/// <summary>What a model achieves in a task or a group of tasks.</summary>
/// <param name="Name">The task's or the group's name.</param>
/// <param name="Documents">Number of documents.</param>
/// <param name="Metrics">In the order of the task.</param>
internal sealed record TaskScore(string Name, int Documents, IReadOnlyList<MetricScore> Metrics);
