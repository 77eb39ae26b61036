namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>AI2 Reasoning Challenge (Clark et al., 2018), one of its two sets.</summary>
internal abstract class Arc(string name, string set) : TaskDefinition(name)
{
    private static readonly string[] Letters = ["A", "B", "C", "D", "E"];
    private static readonly string[] Digits = ["1", "2", "3", "4", "5"];

    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Data = [Name, set],
            Split = FileNames.Test,
            Prompt = doc => doc.Has("query") ? doc.Text("query") : $"Question: {doc.Text("question")}\nAnswer:",
            Choices = doc => doc.Texts("choices.text"),
            Gold = doc => doc.Choice("answerKey", [.. Letters, .. Digits]) % Letters.Length,
            IsNormalized = true,
        },
    ];
}
