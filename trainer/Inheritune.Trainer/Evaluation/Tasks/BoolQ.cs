namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Yes-no questions about a passage (Clark et al., 2019), as SuperGLUE has them.</summary>
internal sealed class BoolQ() : TaskDefinition("boolq")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 2 : 1,
            Prompt = doc => $"{doc.Text("passage")}\nQuestion: {doc.Text("question")}?\nAnswer:",
            Choices = _ => ["no", "yes"],
            Gold = doc => doc.Number("label", 2),
            IsReversed = harness < HarnessVersion.V04,
        },
    ];
}
