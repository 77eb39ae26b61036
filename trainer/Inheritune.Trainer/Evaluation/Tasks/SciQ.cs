namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Science exam questions, most of them with a supporting paragraph (Welbl et al., 2017).</summary>
internal sealed class SciQ() : TaskDefinition("sciq")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Split = FileNames.Test,
            // Without a paragraph, 0.4 begins with the line feed that 0.3 strips.
            Prompt = doc => harness == HarnessVersion.V04
                ? $"{doc.Text("support").StripStart()}\nQuestion: {doc.Text("question")}\nAnswer:"
                : $"{doc.Text("support")}\nQuestion: {doc.Text("question")}\nAnswer:".Strip(),
            Choices = doc => [doc.Text("distractor1"), doc.Text("distractor2"), doc.Text("distractor3"), doc.Text("correct_answer")],
            Gold = _ => 3,
            IsNormalized = true,
        },
    ];
}
