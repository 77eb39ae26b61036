namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Inference over genres that training saw (matched), of GLUE.</summary>
internal sealed class Mnli() : TaskDefinition("mnli")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Split = ["validation_matched", .. FileNames.Validation],
            Prompt = doc => $"{doc.Text("premise")}\nQuestion: {Sentence(doc.Text("hypothesis").Strip())} True, False or Neither?\nAnswer:",
            Choices = _ => ["True", "Neither", "False"],
            Gold = doc => doc.Number("label", 3),
        },
    ];

    private static string Sentence(string text) => text.EndsWith('.') ? text : $"{text}.";
}
