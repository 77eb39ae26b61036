using System.Text.RegularExpressions;

namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Perplexity of WikiText-2 by whole pages (Merity et al., 2016): of the text without its tokenizer's traces, per word and byte of the text with them.</summary>
internal sealed partial class Wikitext() : TaskDefinition("wikitext")
{
    private static readonly (string Find, string Put)[] Marks =
    [
        (" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", "."),
        (" : ", ": "), (" ; ", "; "), (" . ", ". "), (" ! ", "! "), (" ? ", "? "), (" , ", ", "),
    ];

    private static readonly (string Find, string Put)[] Rest =
    [
        ("= = = =", "===="), ("= = =", "==="), ("= =", "=="), (" \u00b0 ", "\u00b0"), (" \n", "\n"), ("\n ", "\n"), (" N ", " 1 "), (" 's", "'s"),
    ];

    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) =>
    [
        new CustomTask(Name)
        {
            Version = harness == HarnessVersion.V04 ? 2 : 1,
            Data = [Name, "wikitext-2-raw-v1", "wikitext_document_level"],
            Split = FileNames.Test,
            ExampleSplit = null,
            Counts =
            [
                new Metric("word_perplexity", Aggregation.WeightedPerplexity, HigherIsBetter: false),
                new Metric("byte_perplexity", Aggregation.WeightedPerplexity, HigherIsBetter: false),
                new Metric("bits_per_byte", Aggregation.BitsPerByte, HigherIsBetter: false),
            ],
            Document = doc =>
            {
                var page = doc.Text("page");
                var (words, bytes) = (page.CountPieces(), System.Text.Encoding.UTF8.GetByteCount(page));
                return new TaskDocument
                {
                    Questions = [new Question(Detokenize(page), null)],
                    Example = null,
                    Score = answers => [new(answers[0].LogLikelihood, words), new(answers[0].LogLikelihood, bytes), new(answers[0].LogLikelihood, bytes)],
                };
            },
        },
    ];

    private static string Detokenize(string page)
    {
        var text = page.Replace("s '", "s'", StringComparison.Ordinal);
        // Meant for decades such as ' 90, but the slashes of another language's syntax are part of the pattern.
        text = Decade().Replace(text, "/'[0-9]/");
        foreach (var (find, put) in Marks) text = text.Replace(find, put, StringComparison.Ordinal);
        text = Round().Replace(text, "($1)");
        text = Square().Replace(text, "[$1]");
        text = Curly().Replace(text, "{$1}");
        text = Double().Replace(text, "\"$1\"");
        text = Single().Replace(text, "'$1'");
        foreach (var (find, put) in Rest) text = text.Replace(find, put, StringComparison.Ordinal);
        return text;
    }

    [GeneratedRegex("/' [0-9]/")]
    private static partial Regex Decade();

    [GeneratedRegex(@"\([\s\x1c-\x1f]*([^\)]*?)[\s\x1c-\x1f]*\)")]
    private static partial Regex Round();

    [GeneratedRegex(@"\[[\s\x1c-\x1f]*([^\]]*?)[\s\x1c-\x1f]*\]")]
    private static partial Regex Square();

    [GeneratedRegex(@"\{[\s\x1c-\x1f]*([^}]*?)[\s\x1c-\x1f]*\}")]
    private static partial Regex Curly();

    [GeneratedRegex("\"[\\s\\x1c-\\x1f]*([^\"]*?)[\\s\\x1c-\\x1f]*\"")]
    private static partial Regex Double();

    [GeneratedRegex(@"'[\s\x1c-\x1f]*([^']*?)[\s\x1c-\x1f]*'")]
    private static partial Regex Single();
}
