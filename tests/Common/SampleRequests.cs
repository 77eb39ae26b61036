using System.Text.Json;
using Inheritune.Trainer.Evaluation;

namespace Inheritune.Tests;

/// <summary>Requests on real documents, of every kind that tasks make: choices, few shots, one text after two contexts, last words, whole texts.</summary>
internal static class SampleRequests
{
    private static readonly string[] Letters = [" A", " B", " C", " D"];

    public static IReadOnlyList<LikelihoodRequest> OfEveryKind(int documents) =>
    [
        .. MultipleChoice(documents), .. WinoGrande(documents),
        .. Documents("lambada_openai", documents).SelectMany((d, i) => LastWord(i, Text(d, "text"))),
        .. Documents("sciq_test", Math.Min(documents, 8)).Select((d, i) => new LikelihoodRequest("text", i, 0, string.Concat(Enumerable.Repeat(Text(d, "support") + "\n", 1 + i)), null)),
        new("empty", 0, 0, "", " Once upon a time"), new("empty", 0, 1, "", null),
        new("spaces", 0, 0, "Once upon a \n ", "time there was"), new("spaces", 0, 1, "Once upon a \n ", "time there was"),
    ];

    public static IReadOnlyList<LikelihoodRequest> MultipleChoice(int documents) => [.. Piqa(documents), .. ArcEasy(documents), .. BoolQ(documents), .. Mmlu("anatomy", 2, documents), .. Mmlu("virology", 5, documents)];

    public static IEnumerable<LikelihoodRequest> Piqa(int documents) => Documents("piqa", documents).SelectMany((d, i) =>
        Choices("piqa", i, $"Question: {Text(d, "goal")}\nAnswer:", [" " + Text(d, "sol1"), " " + Text(d, "sol2")]));

    public static IEnumerable<LikelihoodRequest> ArcEasy(int documents) => Documents("arc_easy", documents).SelectMany((d, i) =>
        Choices("arc_easy", i, Text(d, "query"), d.GetProperty("choices").EnumerateArray().Select(c => " " + c.GetString())));

    public static IEnumerable<LikelihoodRequest> BoolQ(int documents) => Documents("boolq", documents).SelectMany((d, i) =>
        Choices("boolq", i, $"{Text(d, "passage")}\nQuestion: {Text(d, "question")}?\nAnswer:", [" yes", " no"]));

    public static IEnumerable<LikelihoodRequest> Mmlu(string subject, int shots, int documents)
    {
        static string Item(JsonElement d) => $"{Text(d, "question").Trim()}\n{string.Concat(d.GetProperty("choices").EnumerateArray().Select((c, i) => $"{Letters[i].Trim()}. {c.GetString()}\n"))}Answer:";
        var prefix = $"The following are multiple choice questions (with answers) about {subject}.\n\n"
            + string.Concat(Documents($"mmlu/{subject}_dev", shots).Select(d => $"{Item(d)}{Letters[d.GetProperty("answer").GetInt32()]}\n\n"));
        return Documents($"mmlu/{subject}_test", documents).SelectMany((d, i) => Choices($"mmlu_{subject}", i, prefix + Item(d), Letters));
    }

    private static IEnumerable<LikelihoodRequest> WinoGrande(int documents) => Documents("winogrande", documents).SelectMany((d, i) =>
    {
        var parts = Text(d, "sentence").Split('_');
        return Enumerable.Range(0, 2).Select(o => new LikelihoodRequest("winogrande", i, o, parts[0] + Text(d, $"option{o + 1}"), " " + parts[1].Trim()));
    });

    private static IEnumerable<LikelihoodRequest> LastWord(int document, string text)
    {
        var space = text.LastIndexOf(' ');
        return Choices("lambada", document, text[..space], [text[space..]]);
    }

    private static IEnumerable<LikelihoodRequest> Choices(string task, int document, string context, IEnumerable<string> choices) =>
        choices.Select((choice, i) => new LikelihoodRequest(task, document, i, context, choice));

    private static IEnumerable<JsonElement> Documents(string name, int count) =>
        File.ReadLines(TestData.Path($"eval/{name}.jsonl")).Take(count).Select(line => JsonDocument.Parse(line).RootElement);

    private static string Text(JsonElement document, string name) => document.GetProperty(name).GetString()!;
}
