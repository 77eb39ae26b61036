using System.Text.RegularExpressions;

namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Endings of everyday scenes (Zellers et al., 2019).</summary>
internal sealed partial class HellaSwag() : TaskDefinition("hellaswag")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Prompt = doc => doc.Has("query") ? doc.Text("query") : Clean($"{doc.Text("activity_label")}: {doc.Text("ctx_a")} {doc.Text("ctx_b").Capitalize()}"),
            Choices = doc => [.. doc.Texts("endings").Select(Clean)],
            Gold = doc => doc.Number("label", 4),
            IsNormalized = true,
        },
    ];

    /// <summary>Removes the marks of the WikiHow part.</summary>
    private static string Clean(string text) =>
        Brackets().Replace(text.Strip().Replace(" [title]", ". ", StringComparison.Ordinal), "").Replace("  ", " ", StringComparison.Ordinal);

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Brackets();
}
