namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// One prompt, several continuations; the likeliest is the model's answer. A record that holds what the harness makes of one, a list
/// <c>choices</c> and the index <c>gold</c>, is taken as it is.
/// </summary>
internal sealed class MultipleChoiceTask(string name) : EvaluationTask(name)
{
    public required Func<DataRecord, string> Prompt { get; init; }

    /// <summary>The answers without the space before them.</summary>
    public required Func<DataRecord, IReadOnlyList<string>> Choices { get; init; }

    /// <summary>Index of the right answer.</summary>
    public required Func<DataRecord, int> Gold { get; init; }

    /// <summary>Whether answers differ in length, so that accuracy is also told by characters.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Whether the choices are asked in the opposite of their order; ties still go to the first in their order.</summary>
    public bool IsReversed { get; init; }

    public override IReadOnlyList<Metric> Metrics => IsNormalized ? [Metric.Accuracy, Metric.NormalizedAccuracy] : [Metric.Accuracy];

    public override TaskDocument Read(DataRecord record)
    {
        var prompt = Prompt(record);
        var isReady = record.Has("gold");
        var choices = isReady ? record.Texts("choices") : Choices(record);
        var gold = isReady ? record.Number("gold", choices.Count) : Gold(record);
        if (gold >= choices.Count) throw record.Refuse(isReady ? "gold" : "choices", $"holds {choices.Count} answers, and the right one would be number {gold + 1}");
        var questions = choices.Select(choice => new Question(prompt, $" {choice}"));
        return new TaskDocument
        {
            Questions = [.. IsReversed ? questions.Reverse() : questions],
            Example = $"{prompt} {choices[gold]}",
            Score = answers =>
            {
                var scores = (IsReversed ? answers.Reverse() : answers).Select(answer => answer.LogLikelihood).ToArray();
                Observation plain = Best(scores) == gold;
                return IsNormalized ? [plain, Best(scores.Zip(choices, (score, choice) => score / choice.Length())) == gold] : [plain];
            },
        };
    }
}
