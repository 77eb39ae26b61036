using Inheritune.Api;
using Inheritune.Trainer.Reporting;

namespace Inheritune.Trainer.Runs;

/// <summary>What a finished run leaves.</summary>
/// <param name="Name">Name of the run.</param>
/// <param name="AlreadyComplete">The folder held the finished run already; nothing was done.</param>
/// <param name="ModelFolder">The exported model.</param>
/// <param name="ReportPath">The report page.</param>
/// <param name="Report">What the report says.</param>
/// <param name="Results">The same in the words of the resource's status.</param>
public sealed record RunOutcome(string Name, bool AlreadyComplete, string ModelFolder, string ReportPath, RunReport Report, RunResults Results);
