using System.Text.Json;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tokenization;

/// <summary>What the files beside the vocabulary say about the marks of a document.</summary>
/// <param name="AddBos"><c>add_bos_token</c> of tokenizer_config.json, or null.</param>
/// <param name="BosToken">Text of the begin-of-sequence token, or null.</param>
/// <param name="EosToken">Text of the end-of-sequence token, or null.</param>
/// <param name="EosId"><c>eos_token_id</c> of config.json, or null.</param>
internal sealed record TokenizerSettings(bool? AddBos, string? BosToken, string? EosToken, int? EosId)
{
    private const string ModelConfig = "config.json";

    public static TokenizerSettings Read(TokenizerFiles files, IObjectStore folder)
    {
        var config = Parse(folder, TokenizerFiles.Config, files.Content.GetValueOrDefault(TokenizerFiles.Config));
        var special = Parse(folder, TokenizerFiles.SpecialTokens, files.Content.GetValueOrDefault(TokenizerFiles.SpecialTokens));
        var model = Parse(folder, ModelConfig, TokenizerFiles.ReadObject(folder, ModelConfig));
        var addBos = Field(config, "add_bos_token") is { ValueKind: JsonValueKind.True or JsonValueKind.False } flag ? flag.GetBoolean() : (bool?)null;
        return new TokenizerSettings(
            addBos,
            Token(config, "bos_token") ?? Token(special, "bos_token"),
            Token(config, "eos_token") ?? Token(special, "eos_token"),
            FirstId(Field(model, "eos_token_id")));
    }

    /// <summary>
    /// The marks: BOS in front when the model asks for it, else EOS behind, as GPT-2's corpora are packed.
    /// </summary>
    /// <param name="ids">Ids of all tokens, special ones included.</param>
    /// <param name="beginByDefault">The token that begins a document unless add_bos_token denies it, or null.</param>
    /// <param name="endByDefault">The token that ends a document when nothing names one.</param>
    public DocumentMarks Marks(IReadOnlyDictionary<string, int> ids, string? beginByDefault, string endByDefault)
    {
        var end = End(ids, endByDefault);
        if (!(AddBos ?? beginByDefault is not null)) return new DocumentMarks(null, end, end);
        var token = BosToken ?? beginByDefault;
        if (token is not null && ids.TryGetValue(token, out var begin)) return new DocumentMarks(begin, null, end);
        throw new UnsupportedTokenizerException($"is asked to begin documents with the token '{token}' that it does not have; correct bos_token or add_bos_token in {TokenizerFiles.Config}");
    }

    private int? End(IReadOnlyDictionary<string, int> ids, string byDefault)
    {
        foreach (var token in new[] { EosToken, byDefault })
            if (token is not null && ids.TryGetValue(token, out var end))
                return end;
        return EosId is { } id && ids.Values.Contains(id) ? id : null;
    }

    private static JsonElement? Parse(IObjectStore folder, string name, byte[]? content)
    {
        if (content is null) return null;
        try
        {
            using var json = JsonDocument.Parse(content);
            return json.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new RunException(ExitCode.InvalidInput, $"{folder.Location}/{name}: not valid JSON ({e.Message.TrimEnd('.')}); copy the file from the model's source again", e);
        }
    }

    private static JsonElement? Field(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } item && item.TryGetProperty(name, out var value) ? value : null;

    // Either the text itself or an object with the text in "content".
    private static string? Token(JsonElement? element, string name) => Field(element, name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Object } token when Field(token, "content") is { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => null,
    };

    // Llama 3 lists several ends; the first is the end of text.
    private static int? FirstId(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Number } number => number.GetInt32(),
        { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() > 0 => list[0].GetInt32(),
        _ => null,
    };
}
