using System.Text.RegularExpressions;

namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>The Winograd schemas of SuperGLUE, as yes-no questions about a pronoun that stands between asterisks.</summary>
internal sealed partial class Wsc() : TaskDefinition("wsc")
{
    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new MultipleChoiceTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Data = harness == HarnessVersion.V04 ? ["wsc.fixed", Name] : [Name, "wsc.fixed"],
            // 0.3 shows right pairs only.
            IsExample = harness == HarnessVersion.V04 ? _ => true : doc => doc.Number("label", 2) == 1,
            Prompt = doc => $"Passage: {Passage(doc)}\nQuestion: In the passage above, does the pronoun \"*{doc.Text("span2_text")}*\" refer to \"*{doc.Text("span1_text")}*\"?\nAnswer:",
            Choices = _ => ["no", "yes"],
            Gold = doc => doc.Number("label", 2),
            IsReversed = harness < HarnessVersion.V04,
        },
    ];

    /// <summary>The text, in which the word of number <c>span2_index</c> is marked.</summary>
    private static string Passage(DataRecord doc)
    {
        var (text, pronoun) = (doc.Text("text"), doc.Text("span2_text"));
        var before = string.Join(' ', text.Words().Take(doc.Number("span2_index")));
        var after = text[Math.Min(text.Length, before.Length + pronoun.Length + 1)..];
        return Detokenize($"{before} *{pronoun}*{after}");
    }

    private static string Detokenize(string text) => SpaceBeforePunctuation().Replace(text
        .Replace(" n't", "n't", StringComparison.Ordinal)
        .Replace(" )", ")", StringComparison.Ordinal)
        .Replace("( ", "(", StringComparison.Ordinal)
        .Replace("\" ", "\"", StringComparison.Ordinal)
        .Replace(" \"", "\"", StringComparison.Ordinal), "$1");

    [GeneratedRegex(" (['.,])")]
    private static partial Regex SpaceBeforePunctuation();
}
