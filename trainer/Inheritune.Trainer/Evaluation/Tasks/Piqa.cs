namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Physical commonsense (Bisk et al., 2019).</summary>
internal sealed class Piqa() : TaskDefinition("piqa")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Prompt = doc => $"Question: {doc.Text("goal")}\nAnswer:",
            Choices = doc => [doc.Text("sol1"), doc.Text("sol2")],
            Gold = doc => doc.Number("label", 2),
            IsNormalized = true,
        },
    ];
}
