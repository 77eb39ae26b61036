using System.Text.Json;

namespace Inheritune.Trainer.Tests.Tokenization;

/// <summary>
/// Awkward texts and their ids, written by tokenizers 0.23.1 (byte-level BPE, special tokens as text) and sentencepiece
/// 0.2.2. The texts are random mixtures of scripts, symbols and white space, and sentences from Project Gutenberg.
/// </summary>
internal static class GoldenIds
{
    public static string[] Texts { get; } = Read<string[]>("texts");

    public static int[][] Ids(string tokenizer) => Read<int[][]>(tokenizer);

    public static T Read<T>(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "Tokenization", "Fixtures", name + ".json");
            if (File.Exists(path)) return JsonSerializer.Deserialize<T>(File.ReadAllText(path))!;
        }

        throw new FileNotFoundException($"the fixture {name}.json stands beside the tests' sources");
    }
}
