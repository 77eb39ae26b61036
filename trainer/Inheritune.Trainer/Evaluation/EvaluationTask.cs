namespace Inheritune.Trainer.Evaluation;

/// <summary>A task as one version of the harness has it: where its documents are, what is asked about each, what is counted.</summary>
/// <param name="name">The harness's name.</param>
internal abstract class EvaluationTask(string name)
{
    public string Name { get; } = name;

    /// <summary>The harness's number for this form of the task, which stands in its results.</summary>
    public required double Version { get; init; }

    /// <summary>Names of the data set in files and folders, the first choice first.</summary>
    public IReadOnlyList<string> Data { get; init; } = [name];

    /// <summary>The split whose documents are asked about, by the names that it has in files.</summary>
    public IReadOnlyList<string> Split { get; init; } = FileNames.Validation;

    /// <summary>The split that few-shot examples come from; null when it is <see cref="Split"/>.</summary>
    public IReadOnlyList<string>? ExampleSplit { get; init; } = FileNames.Train;

    /// <summary>Which of that split's documents may be examples.</summary>
    public Func<DataRecord, bool> IsExample { get; init; } = _ => true;

    /// <summary>Whether the examples are the first ones of their split instead of random ones.</summary>
    public bool FirstExamples { get; init; }

    /// <summary>Stands before the examples, with an empty line after it.</summary>
    public string Description { get; init; } = "";

    public abstract IReadOnlyList<Metric> Metrics { get; }

    /// <exception cref="RunException">The record has not what the task needs.</exception>
    public abstract TaskDocument Read(DataRecord record);

    /// <summary>The first of the largest, as NumPy's argmax.</summary>
    protected static int Best(IEnumerable<double> scores) => scores.Index().MaxBy(score => score.Item).Index;
}
