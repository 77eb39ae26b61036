namespace Inheritune.Trainer.Evaluation;

/// <summary>Tasks that are also reported as one: with the mean of each metric, and with the mean weighted by the number of documents.</summary>
/// <param name="Name">The harness's name, or ours where it has none.</param>
/// <param name="Members">Names of tasks or of groups that come before it.</param>
/// <param name="Alias">A short name for tables.</param>
internal sealed record TaskGroup(string Name, IReadOnlyList<string> Members, string Alias);
