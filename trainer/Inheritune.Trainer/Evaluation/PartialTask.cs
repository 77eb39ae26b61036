namespace Inheritune.Trainer.Evaluation;

/// <summary>A text with a gap: each option stands in the gap once, and the likelihood of what follows the gap decides (Trinh and Le, 2018).</summary>
internal sealed class PartialTask(string name) : EvaluationTask(name)
{
    /// <summary>The texts up to the gap and in it, one for each option.</summary>
    public required Func<DataRecord, IReadOnlyList<string>> Prompts { get; init; }

    /// <summary>What follows the gap, with the space before it.</summary>
    public required Func<DataRecord, string> Continuation { get; init; }

    /// <summary>Index of the right option.</summary>
    public required Func<DataRecord, int> Gold { get; init; }

    public override IReadOnlyList<Metric> Metrics => [Metric.Accuracy];

    public override TaskDocument Read(DataRecord record)
    {
        var (prompts, continuation, gold) = (Prompts(record), Continuation(record), Gold(record));
        return new TaskDocument
        {
            Questions = [.. prompts.Select(prompt => new Question(prompt, continuation))],
            Example = prompts[gold] + continuation,
            Score = answers => [Best(answers.Select(answer => answer.LogLikelihood)) == gold],
        };
    }
}
