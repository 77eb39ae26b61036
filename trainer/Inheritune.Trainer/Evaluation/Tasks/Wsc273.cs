namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>The 273 Winograd schemas (Levesque et al., 2012), by partial evaluation.</summary>
internal sealed class Wsc273() : TaskDefinition("wsc273")
{
    private static readonly string[] Possessives = ["my", "his", "her", "our", "their"];
    private static readonly string[] Articles = ["A", "An", "The", "She", "He", "It", "They", "My", "His", "Her", "Their"];

    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new PartialTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 1 : 0,
            Split = FileNames.Test,
            ExampleSplit = null,
            Prompts = doc => [.. doc.Texts("options").Select(option => Text(doc)[..Begin(doc)] + Fit(option, doc))],
            // 0.4 keeps the text's own space behind the one that it puts before every continuation.
            Continuation = doc => $" {(harness == HarnessVersion.V04 ? Rest(doc) : Rest(doc).Strip())}",
            Gold = doc => doc.Number("label", 2),
        },
    ];

    // The pronoun's place counts from before double spaces are made single, as in the harness.
    private static string Text(DataRecord doc) => doc.Text("text").Replace("  ", " ", StringComparison.Ordinal);

    private static int Begin(DataRecord doc) => Text(doc).Offset(doc.Number("pronoun_loc"));

    private static string Rest(DataRecord doc) => Text(doc)[Math.Min(Text(doc).Length, Begin(doc) + doc.Text("pronoun").Length)..];

    /// <summary>Makes an option stand where the pronoun stood: its genitive, its first word in lower case within a sentence.</summary>
    private static string Fit(string option, DataRecord doc)
    {
        if (Possessives.Contains(doc.Text("pronoun").ToLowerInvariant())) option += "'s";
        var (text, begin, first) = (Text(doc), Begin(doc), option.Words()[0]);
        var beginsSentence = text[begin >= 2 ? begin - 2 : ^(2 - begin)] == '.';
        return !beginsSentence && Articles.Contains(first) ? option.Replace(first, first.ToLowerInvariant(), StringComparison.Ordinal) : option;
    }
}
