using System.Text.Json;

namespace Inheritune.Trainer.Tokenization;

/// <summary>What the <c>post_processor</c> of a <c>tokenizer.json</c> puts around a text.</summary>
/// <param name="Begin">Id in front of it, or null.</param>
/// <param name="End">Id behind it, or null.</param>
internal readonly record struct TextTemplate(int? Begin, int? End)
{
    /// <param name="processor">The post-processor.</param>
    /// <param name="ids">Ids of all tokens.</param>
    /// <exception cref="UnsupportedTokenizerException">It puts something else.</exception>
    public static TextTemplate Parse(JsonElement processor, IReadOnlyDictionary<string, int> ids)
    {
        if (processor.ValueKind == JsonValueKind.Null) return default;
        switch (processor.GetProperty("type").GetString())
        {
            case "ByteLevel":
                return default;
            case "TemplateProcessing":
                return ParseTemplate(processor, ids);
            case "RobertaProcessing" or "BertProcessing":
                return new(processor.GetProperty("cls")[1].GetInt32(), processor.GetProperty("sep")[1].GetInt32());
            case "Sequence":
                var parts = processor.GetProperty("processors").EnumerateArray().Select(part => Parse(part, ids)).Where(part => part != default).ToArray();
                return parts.Length <= 1 ? parts.FirstOrDefault() : throw Unsupported("several parts that add tokens");
            case var other:
                throw Unsupported(other ?? "null");
        }
    }

    private static TextTemplate ParseTemplate(JsonElement processor, IReadOnlyDictionary<string, int> all)
    {
        var places = processor.GetProperty("single").EnumerateArray().ToArray();
        var text = Array.FindIndex(places, place => place.TryGetProperty("Sequence", out _));
        if (text < 0 || text > 1 || places.Length - text > 2) throw Unsupported("TemplateProcessing with more than a token on each side of the text");
        return new(text == 0 ? null : Id(places[0]), text == places.Length - 1 ? null : Id(places[^1]));

        int Id(JsonElement place)
        {
            var name = place.GetProperty("SpecialToken").GetProperty("id").GetString()!;
            if (!processor.TryGetProperty("special_tokens", out var tokens) || !tokens.TryGetProperty(name, out var token)) return all[name];
            var ids = token.GetProperty("ids");
            return ids.GetArrayLength() == 1 ? ids[0].GetInt32() : throw Unsupported($"TemplateProcessing with several ids for '{name}'");
        }
    }

    private static UnsupportedTokenizerException Unsupported(string found) =>
        new($"has the post_processor {found}, which is not supported; supported are ByteLevel and those that put at most one token in front of a text and one behind it");
}
