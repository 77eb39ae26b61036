namespace Inheritune.Trainer.Evaluation;

/// <summary>A task whose questions and scores fit no other form.</summary>
internal sealed class CustomTask(string name) : EvaluationTask(name)
{
    public required IReadOnlyList<Metric> Counts { get; init; }

    public required Func<DataRecord, TaskDocument> Document { get; init; }

    public override IReadOnlyList<Metric> Metrics => Counts;

    public override TaskDocument Read(DataRecord record) => Document(record);
}
