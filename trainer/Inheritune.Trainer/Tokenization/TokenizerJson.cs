using System.Text.Json;

namespace Inheritune.Trainer.Tokenization;

/// <summary>A Hugging Face <c>tokenizer.json</c> with byte-level byte-pair encoding.</summary>
/// <param name="Model">The tables.</param>
/// <param name="Added">The added tokens that it lists.</param>
/// <param name="Normalizer">What happens to text before it is split.</param>
internal sealed record TokenizerJson(BytePairModel Model, IReadOnlyList<AddedToken> Added, TextNormalizer Normalizer)
{
    public const string EndOfText = "<|endoftext|>";

    /// <exception cref="UnsupportedTokenizerException">A part that would change the ids is not known.</exception>
    public static TokenizerJson Parse(JsonElement root)
    {
        var model = root.GetProperty("model");
        CheckModel(model);
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in model.GetProperty("vocab").EnumerateObject())
            if (!vocabulary.TryAdd(entry.Name, entry.Value.GetInt32()))
                throw new UnsupportedTokenizerException($"gives the token '{entry.Name}' two ids, {vocabulary[entry.Name]} and {entry.Value}; copy the file from the model's source again");
        if (ByteAlphabet.Symbols.FirstOrDefault(symbol => !vocabulary.ContainsKey(symbol.ToString())) is var missing and not '\0')
            throw new UnsupportedTokenizerException($"lacks the byte symbol '{missing}', so it drops text; train or choose a tokenizer with all 256 bytes");
        var merges = model.GetProperty("merges").EnumerateArray()
            .Select(merge => merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}").ToArray();
        var (splitter, addsPrefixSpace) = ParsePreTokenizer(root);
        return new TokenizerJson(
            new BytePairModel(vocabulary, merges, splitter, Flag(model, "ignore_merges"), addsPrefixSpace),
            AddedTokens(root),
            root.TryGetProperty("normalizer", out var normalizer) ? TextNormalizer.Parse(normalizer) : TextNormalizer.Identity);
    }

    /// <summary>The added tokens that a <c>tokenizer.json</c> of any kind lists.</summary>
    public static IReadOnlyList<AddedToken> AddedTokens(JsonElement root) =>
        root.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array
            ? [.. added.EnumerateArray().Select(token => TokenizerSettings.Parse(token, token.GetProperty("id").GetInt32()))]
            : [];

    /// <summary>What it puts around a text; null when it does not say.</summary>
    /// <param name="root">A <c>tokenizer.json</c> of any kind.</param>
    /// <param name="ids">Ids of all tokens.</param>
    public static TextTemplate? Around(JsonElement root, IReadOnlyDictionary<string, int> ids) =>
        root.TryGetProperty("post_processor", out var processor) && processor.ValueKind != JsonValueKind.Null ? TextTemplate.Parse(processor, ids) : null;

    private static void CheckModel(JsonElement model)
    {
        // Files of early versions leave the type out.
        var type = model.TryGetProperty("type", out var name) ? name.GetString() : "BPE";
        if (type != "BPE") throw Unsupported("model", type!);
        if (Flag(model, "byte_fallback"))
            throw new UnsupportedTokenizerException("holds a SentencePiece model (byte_fallback) in converted form, whose ids may differ from the original's; copy the model's tokenizer.model into the folder");
        foreach (var option in new[] { "dropout", "continuing_subword_prefix", "end_of_word_suffix" })
            if (model.TryGetProperty(option, out var value) && value.ValueKind != JsonValueKind.Null && value.ToString() is not ("" or "0" or "0.0"))
                throw Unsupported(option, value.ToString());
    }

    private static (PreTokenizer Splitter, bool AddsPrefixSpace) ParsePreTokenizer(JsonElement root)
    {
        if (Type(root, "pre_tokenizer") is not { } type) throw Unsupported("pre_tokenizer", "none");
        var outer = root.GetProperty("pre_tokenizer");
        JsonElement[] parts = type == "Sequence" ? [.. outer.GetProperty("pretokenizers").EnumerateArray()] : [outer];
        var names = string.Join(" + ", parts.Select(part => part.GetProperty("type").GetString()));
        if (parts.Length == 0 || parts[^1].GetProperty("type").GetString() != "ByteLevel") throw Unsupported("pre_tokenizer", names.Length == 0 ? "Sequence of nothing" : names);
        var last = parts[^1];
        // use_regex is a later option; the older files mean true.
        var (usesRegex, addsPrefixSpace) = (Flag(last, "use_regex", true), Flag(last, "add_prefix_space"));
        if (addsPrefixSpace && parts.Length > 1) throw Unsupported("pre_tokenizer", $"{names} with add_prefix_space, which puts a space in front of each of its parts");

        switch (names)
        {
            case "ByteLevel" when usesRegex:
                return (PreTokenizer.Gpt2, addsPrefixSpace);
            case "Digits + ByteLevel" when usesRegex && Flag(parts[0], "individual_digits"):
                return (PreTokenizer.IsolatedDigits, false);
            case "Split + ByteLevel" when !usesRegex && parts[0].GetProperty("behavior").GetString() == "Isolated" && !Flag(parts[0], "invert"):
                var pattern = parts[0].GetProperty("pattern").TryGetProperty("Regex", out var regex) ? regex.GetString()! : "";
                return (PreTokenizer.Find(pattern) ?? throw Unsupported("pre_tokenizer", $"Split with the pattern {pattern}"), false);
            default:
                throw Unsupported("pre_tokenizer", names);
        }
    }

    private static string? Type(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value.GetProperty("type").GetString() : null;

    private static bool Flag(JsonElement parent, string name, bool byDefault = false) => parent.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.True : byDefault;

    private static UnsupportedTokenizerException Unsupported(string part, string found) =>
        new($"has the {part} {found}, which is not supported; supported are byte-level BPE tokenizers of GPT-2, Llama 3, Qwen 2 and SmolLM, and SentencePiece BPE as tokenizer.model");
}
