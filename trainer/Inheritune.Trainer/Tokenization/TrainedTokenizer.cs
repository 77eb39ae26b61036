using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Inheritune.Trainer.Tokenization;

/// <summary>The files of a freshly trained byte-level BPE tokenizer, as transformers loads them.</summary>
internal static class TrainedTokenizer
{
    /// <summary>Id of the first merged token; before it stand the end of text and the bytes.</summary>
    public const int FirstMerge = 257;

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The end of text and the 256 byte symbols in the order of their code points, as Hugging Face orders them.</summary>
    public static List<string> Alphabet() => [TokenizerJson.EndOfText, .. ByteAlphabet.Symbols.Order().Select(symbol => symbol.ToString())];

    public static TokenizerFiles Write(IReadOnlyList<string> tokens, IReadOnlyList<(string Left, string Right)> merges)
    {
        var json = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(new JsonObject
            {
                ["id"] = 0,
                ["content"] = TokenizerJson.EndOfText,
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            }),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(),
            ["post_processor"] = null,
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = new JsonObject(tokens.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id))),
                // "left right" in one string is read by every version of the tokenizers library.
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode?)$"{merge.Left} {merge.Right}")]),
            },
        };
        var config = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["bos_token"] = TokenizerJson.EndOfText,
            ["eos_token"] = TokenizerJson.EndOfText,
        };
        return new TokenizerFiles(new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [TokenizerFiles.Json] = Encoding.UTF8.GetBytes(json.ToJsonString(Format)),
            [TokenizerFiles.Config] = Encoding.UTF8.GetBytes(config.ToJsonString(Format)),
        });
    }

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };
}
