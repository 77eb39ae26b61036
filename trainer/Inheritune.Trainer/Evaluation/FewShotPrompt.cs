namespace Inheritune.Trainer.Evaluation;

/// <summary>What stands before a question: the task's description and solved examples, drawn as the version of the harness draws them.</summary>
/// <param name="task">The task.</param>
/// <param name="harness">Decides the rules.</param>
/// <param name="shots">Number of examples.</param>
/// <param name="examples">What they are drawn from; empty without shots.</param>
/// <param name="random">In 0.3 the generator that has shuffled the documents, in 0.4 one for the examples of the task alone.</param>
internal sealed class FewShotPrompt(EvaluationTask task, HarnessVersion harness, int shots, IReadOnlyList<DataRecord> examples, PythonRandom random)
{
    private const string Delimiter = "\n\n";

    /// <summary>The seed of 0.4's examples.</summary>
    public const uint ExampleSeed = 1234;

    private readonly Dictionary<DataRecord, string> _texts = [];

    /// <summary>The beginning of the context of a document.</summary>
    public string Before(DataRecord document)
    {
        var description = task.Description.Length > 0 ? task.Description + Delimiter : "";
        return description + string.Concat(Draw(document).Select(example => Text(example) + Delimiter));
    }

    /// <summary>
    /// How many are drawn: where the document itself may be among them, one more, for it is left out. 0.4 takes any task without a test
    /// split for such a one.
    /// </summary>
    public static int Drawn(EvaluationTask task, HarnessVersion harness, int shots) =>
        shots > 0 && !task.FirstExamples && (harness == HarnessVersion.V04 ? task.Split[0] != FileNames.Test[0] : !IsTraining(task)) ? shots + 1 : shots;

    private static bool IsTraining(EvaluationTask task) => task.ExampleSplit?[0] == FileNames.Train[0];

    private IEnumerable<DataRecord> Draw(DataRecord document)
    {
        if (shots == 0) return [];
        if (task.FirstExamples) return examples.Take(shots);
        var drawn = random.Sample(examples, Drawn(task, harness, shots));
        var isCareful = harness == HarnessVersion.V04 || !IsTraining(task);
        return (isCareful ? drawn.Where(example => !example.IsSame(document)) : drawn).Take(shots);
    }

    private string Text(DataRecord example)
    {
        if (!_texts.TryGetValue(example, out var text)) _texts[example] = text = task.Read(example).Example!;
        return text;
    }
}
