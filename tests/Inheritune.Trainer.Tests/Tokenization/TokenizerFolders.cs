using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Trainer.Tests.Data;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Tokenization;

/// <summary>Writes tokenizer folders of each kind from the real vocabularies.</summary>
internal static class TokenizerFolders
{
    public const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public static ITokenizer Load(TemporaryFolder folder) => TokenizerFactory.Load(folder.Store, "spec.reference.uri");

    /// <summary>Loads the tokenizer for which a fixture of that name holds the ids.</summary>
    public static ITokenizer Load(string name, TemporaryFolder folder)
    {
        switch (name)
        {
            case "llama":
                folder.Write("tokenizer.model", File.ReadAllBytes(SharedData.Find("tokenizers/llama-tokenizer.model")!));
                break;
            case "grimm":
                folder.Write("tokenizer.model", File.ReadAllBytes(TestData.Path("tokenizers/grimm.model")));
                break;
            case "stories260K":
                folder.Write("tokenizer.model", File.ReadAllBytes(TestData.Path("checkpoints/stories260K/tokenizer.model")));
                break;
            case "gutenberg":
                folder.Write("tokenizer.json", File.ReadAllBytes(TestData.Path("checkpoints/gpt2-gutenberg-8l/tokenizer.json")));
                break;
            case "gpt2":
                folder.Write("encoder.json", File.ReadAllBytes(TestData.Path("tokenizers/encoder.json")));
                folder.Write("vocab.bpe", File.ReadAllBytes(TestData.Path("tokenizers/vocab.bpe")));
                break;
            case "llama3":
                folder.Write("tokenizer.json", Gpt2Json(Split(Llama3Pattern), ignoreMerges: true));
                break;
            case "qwen2":
                folder.Write("tokenizer.json", Gpt2Json(Split(Llama3Pattern.Replace("{1,3}", "", StringComparison.Ordinal)), ignoreMerges: false));
                break;
            case "digits":
                folder.Write("tokenizer.json", Gpt2Json("""{"type":"Digits","individual_digits":true}""", ignoreMerges: false, usesRegex: true));
                break;
        }

        return Load(folder);
    }

    /// <summary>A tokenizer.json with all bytes and the given parts in place of the usual ones.</summary>
    public static string SmallJson(Action<JsonObject> change)
    {
        var files = BytePairTrainer.Train(["the cat and the hat and the cat"], 262, CancellationToken.None);
        var json = JsonNode.Parse(files.Content["tokenizer.json"])!.AsObject();
        change(json);
        return json.ToJsonString();
    }

    private static string Split(string pattern) =>
        $$"""{"type":"Split","pattern":{"Regex":{{JsonSerializer.Serialize(pattern)}}},"behavior":"Isolated","invert":false}""";

    private static string Gpt2Json(string preTokenizer, bool ignoreMerges, bool usesRegex = false)
    {
        var merges = File.ReadLines(TestData.Path("tokenizers/vocab.bpe")).Skip(1).Where(line => line.Length > 0)
            .Select(line => (JsonNode)new JsonArray([.. line.Split(' ').Select(part => (JsonNode)part)]));
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(JsonNode.Parse(preTokenizer), new JsonObject { ["type"] = "ByteLevel", ["use_regex"] = usesRegex }),
            },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["ignore_merges"] = ignoreMerges,
                ["vocab"] = JsonNode.Parse(File.ReadAllText(TestData.Path("tokenizers/encoder.json"))),
                ["merges"] = new JsonArray([.. merges]),
            },
        }.ToJsonString();
    }
}
