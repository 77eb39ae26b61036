using Inheritune.Trainer.Reporting;

namespace Inheritune.Trainer.Runs;

/// <summary>What a finished run leaves.</summary>
/// <param name="Name">Name of the run.</param>
/// <param name="AlreadyComplete">The folder held the finished run already; nothing was done.</param>
/// <param name="Model">Folder of the exported model.</param>
/// <param name="Report">The report page.</param>
/// <param name="Results">The results table.</param>
public sealed record RunOutcome(string Name, bool AlreadyComplete, string Model, string Report, IReadOnlyList<ResultRow> Results);
