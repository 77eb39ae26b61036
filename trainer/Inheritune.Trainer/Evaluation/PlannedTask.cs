namespace Inheritune.Trainer.Evaluation;

/// <summary>A task with the documents that are asked about.</summary>
/// <param name="Task">The task.</param>
/// <param name="Shots">Examples before each question.</param>
/// <param name="DocumentCount">Documents in the data; more than are asked about when there is a limit.</param>
/// <param name="Documents">In the order in which they are asked about.</param>
/// <param name="FirstRequest">Where the task's requests begin.</param>
internal sealed record PlannedTask(EvaluationTask Task, int Shots, int DocumentCount, IReadOnlyList<TaskDocument> Documents, int FirstRequest);
