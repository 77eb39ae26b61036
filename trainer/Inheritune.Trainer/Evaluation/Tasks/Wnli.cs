namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Winograd schemas as inference, of GLUE.</summary>
internal sealed class Wnli() : TaskDefinition("wnli")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 2 : 1,
            Prompt = doc => $"{doc.Text("sentence1")}\nQuestion: {doc.Text("sentence2")} True or False?\nAnswer:",
            Choices = _ => ["False", "True"],
            Gold = doc => doc.Number("label", 2),
            IsReversed = harness < HarnessVersion.V04,
        },
    ];
}
