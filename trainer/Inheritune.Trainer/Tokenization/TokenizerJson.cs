using System.Text.Json;

namespace Inheritune.Trainer.Tokenization;

/// <summary>A Hugging Face <c>tokenizer.json</c> with byte-level byte-pair encoding.</summary>
/// <param name="Model">The tables.</param>
/// <param name="Ids">Ids of all tokens, added ones included.</param>
/// <param name="BeginToken">The token that the post-processor puts in front of a text, or null.</param>
internal sealed record TokenizerJson(BytePairModel Model, IReadOnlyDictionary<string, int> Ids, string? BeginToken)
{
    public const string EndOfText = "<|endoftext|>";

    /// <exception cref="UnsupportedTokenizerException">A part that would change the ids is not known.</exception>
    public static TokenizerJson Parse(JsonElement root)
    {
        var model = root.GetProperty("model");
        CheckModel(model);
        if (Type(root, "normalizer") is { } normalizer) throw Unsupported("normalizer", normalizer);

        var vocabulary = model.GetProperty("vocab").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32(), StringComparer.Ordinal);
        if (ByteAlphabet.Symbols.FirstOrDefault(symbol => !vocabulary.ContainsKey(symbol.ToString())) is var missing and not '\0')
            throw new UnsupportedTokenizerException($"lacks the byte symbol '{missing}', so it drops text; train or choose a tokenizer with all 256 bytes");
        var merges = model.GetProperty("merges").EnumerateArray()
            .Select(merge => merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}").ToArray();

        var (ids, special) = (new Dictionary<string, int>(vocabulary, StringComparer.Ordinal), new HashSet<int>());
        foreach (var token in root.TryGetProperty("added_tokens", out var added) && added.ValueKind == JsonValueKind.Array ? added.EnumerateArray() : [])
        {
            var (text, id) = (token.GetProperty("content").GetString()!, token.GetProperty("id").GetInt32());
            if (!Flag(token, "special"))
                throw new UnsupportedTokenizerException($"has the added token '{text}' that is not special, so ordinary text is split at it, which is not supported; choose a model without such tokens");
            ids[text] = id;
            special.Add(id);
        }

        return new TokenizerJson(new BytePairModel(vocabulary, merges, special, ParsePreTokenizer(root), Flag(model, "ignore_merges")), ids, ParseBeginToken(root));
    }

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

    private static PreTokenizer ParsePreTokenizer(JsonElement root)
    {
        if (Type(root, "pre_tokenizer") is not { } type) throw Unsupported("pre_tokenizer", "none");
        var outer = root.GetProperty("pre_tokenizer");
        JsonElement[] parts = type == "Sequence" ? [.. outer.GetProperty("pretokenizers").EnumerateArray()] : [outer];
        var names = string.Join(" + ", parts.Select(part => part.GetProperty("type").GetString()));
        var last = parts[^1];
        if (last.GetProperty("type").GetString() != "ByteLevel" || Flag(last, "add_prefix_space")) throw Unsupported("pre_tokenizer", names);
        // use_regex is a later option; the older files mean true.
        var usesRegex = !last.TryGetProperty("use_regex", out var flag) || flag.GetBoolean();

        switch (names)
        {
            case "ByteLevel" when usesRegex:
                return PreTokenizer.Gpt2;
            case "Digits + ByteLevel" when usesRegex && Flag(parts[0], "individual_digits"):
                return PreTokenizer.IsolatedDigits;
            case "Split + ByteLevel" when !usesRegex && parts[0].GetProperty("behavior").GetString() == "Isolated" && !Flag(parts[0], "invert"):
                var pattern = parts[0].GetProperty("pattern").TryGetProperty("Regex", out var regex) ? regex.GetString()! : "";
                return PreTokenizer.Find(pattern) ?? throw Unsupported("pre_tokenizer", $"Split with the pattern {pattern}");
            default:
                throw Unsupported("pre_tokenizer", names);
        }
    }

    // TemplateProcessing, alone or in a Sequence, whose template for one text begins with a special token.
    private static string? ParseBeginToken(JsonElement root)
    {
        if (Type(root, "post_processor") is not { } type) return null;
        var outer = root.GetProperty("post_processor");
        foreach (var part in type == "Sequence" ? outer.GetProperty("processors").EnumerateArray().ToArray() : [outer])
            if (part.TryGetProperty("single", out var single) && single.GetArrayLength() > 0 && single[0].TryGetProperty("SpecialToken", out var token))
                return token.GetProperty("id").GetString();
        return null;
    }

    private static string? Type(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value.GetProperty("type").GetString() : null;

    private static bool Flag(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static UnsupportedTokenizerException Unsupported(string part, string found) =>
        new($"has the {part} {found}, which is not supported; supported are byte-level BPE tokenizers of GPT-2, Llama 3, Qwen 2 and SmolLM, and SentencePiece BPE as tokenizer.model");
}
