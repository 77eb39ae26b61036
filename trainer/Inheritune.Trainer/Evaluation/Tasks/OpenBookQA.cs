namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Elementary science with an open book, which is not shown (Mihaylov et al., 2018).</summary>
internal sealed class OpenBookQA() : TaskDefinition("openbookqa")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Split = FileNames.Test,
            Prompt = doc => doc.Has("query") ? doc.Text("query") : doc.Text("question_stem"),
            Choices = doc => doc.Texts("choices.text"),
            Gold = doc => doc.Choice("answerKey", "A", "B", "C", "D"),
            IsNormalized = true,
        },
    ];
}
