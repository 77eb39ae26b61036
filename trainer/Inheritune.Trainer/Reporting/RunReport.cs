using Inheritune.Trainer.Evaluation;

namespace Inheritune.Trainer.Reporting;

/// <summary>Everything the report shows.</summary>
public sealed record RunReport
{
    public required string Title { get; init; }

    /// <summary>One paragraph that says what was done and how it ended.</summary>
    public required string Summary { get; init; }

    /// <summary>First curve is the run itself; further ones are compared with it.</summary>
    public required IReadOnlyList<RunCurve> Curves { get; init; }

    /// <summary>The results table; a row called "reference" also becomes the line in the loss plot.</summary>
    public required IReadOnlyList<ResultRow> Results { get; init; }

    /// <summary>Scores of tasks, of the target and, beside it, of the reference.</summary>
    public IReadOnlyList<ScoreRow> Tasks { get; init; } = [];

    /// <summary>What is missing of tasks and samples, and why.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    public required IReadOnlyList<SampleGeneration> Samples { get; init; }

    /// <summary>The recipe as YAML, defaults included.</summary>
    public required string Recipe { get; init; }

    /// <summary>Facts such as reference, dataset, device and version, as name and value.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; }
}
