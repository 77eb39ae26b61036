namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Logical reasoning of civil service exams (Liu et al., 2020); the answers are the options' texts.</summary>
internal sealed class LogiQA() : TaskDefinition("logiqa")
{
    private static readonly string[] Letters = ["a", "b", "c", "d"];

    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Split = FileNames.Test,
            Prompt = doc => doc.Has("query") ? doc.Text("query") : $"Passage: {doc.Text("context")}\nQuestion: {doc.Text("question")}\nChoices:\n{Options(doc)}Answer:",
            Choices = doc => doc.Texts("options"),
            Gold = doc => doc.Choice("label", Letters),
            IsNormalized = true,
        },
    ];

    private static string Options(DataRecord doc) =>
        string.Concat(Letters.Zip(doc.Texts("options"), (letter, option) => $"{letter.ToUpperInvariant()}. {option}\n"));
}
