namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Recognising textual entailment, of GLUE.</summary>
internal sealed class Rte() : TaskDefinition("rte")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Prompt = doc => $"{doc.Text("sentence1")}\nQuestion: {doc.Text("sentence2")} True or False?\nAnswer:",
            Choices = _ => ["True", "False"],
            Gold = doc => doc.Number("label", 2),
        },
    ];
}
