namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Does the sentence answer the question? Of GLUE.</summary>
internal sealed class Qnli() : TaskDefinition("qnli")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Prompt = doc => $"{doc.Text("question")}\n{doc.Text("sentence")}\nQuestion: Does this response answer the question?\nAnswer:",
            Choices = _ => ["yes", "no"],
            Gold = doc => doc.Number("label", 2),
        },
    ];
}
