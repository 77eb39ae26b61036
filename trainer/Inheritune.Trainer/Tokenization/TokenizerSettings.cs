using System.Globalization;
using System.Text.Json;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tokenization;

/// <summary>What the files beside the vocabulary say.</summary>
/// <param name="Config"><c>tokenizer_config.json</c>, or null.</param>
/// <param name="SpecialTokens"><c>special_tokens_map.json</c>, or null; it counts only where the former lists no added tokens.</param>
/// <param name="Added"><c>added_tokens.json</c>, or null; likewise.</param>
/// <param name="EosId"><c>eos_token_id</c> of config.json, or null.</param>
internal sealed record TokenizerSettings(JsonElement? Config, JsonElement? SpecialTokens, JsonElement? Added, int? EosId)
{
    private const string ModelConfig = "config.json";

    /// <summary>The tokens that have a part to play, in transformers' order.</summary>
    private static readonly string[] Roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    public static TokenizerSettings Read(TokenizerFiles files, IObjectStore folder)
    {
        var config = Parse(folder, TokenizerFiles.Config, files.Content.GetValueOrDefault(TokenizerFiles.Config));
        var model = Parse(folder, ModelConfig, TokenizerFiles.ReadObject(folder, ModelConfig));
        var settings = new TokenizerSettings(config, null, null, FirstId(Field(model, "eos_token_id")));
        return settings.ListsAddedTokens ? settings : settings with
        {
            SpecialTokens = Parse(folder, TokenizerFiles.SpecialTokens, files.Content.GetValueOrDefault(TokenizerFiles.SpecialTokens)),
            Added = Parse(folder, TokenizerFiles.AddedTokens, files.Content.GetValueOrDefault(TokenizerFiles.AddedTokens)),
        };
    }

    /// <summary>A switch of tokenizer_config.json; null where it is not there.</summary>
    public bool? Flag(string name) => Field(Config, name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } flag ? flag.GetBoolean() : null;

    /// <summary><c>tokenizer_class</c>, or null.</summary>
    public string? Class => Text(Field(Config, "tokenizer_class"));

    /// <summary>Whether tokenizer_config.json lists the added tokens, so that nothing else does.</summary>
    public bool ListsAddedTokens => Field(Config, "added_tokens_decoder") is not null;

    /// <summary>Text of the token that plays a part, such as <c>eos_token</c>, or null.</summary>
    public string? Token(string role) => Text(Field(SpecialTokens, role)) ?? Text(Field(Config, role));

    /// <summary>The marks of documents, see <see cref="DocumentMarks"/>.</summary>
    /// <param name="ids">Ids of all tokens.</param>
    /// <param name="around">What the tokenizer puts around a text.</param>
    /// <param name="endByDefault">The token that ends a text when nothing names one.</param>
    public DocumentMarks Marks(IReadOnlyDictionary<string, int> ids, TextTemplate around, string endByDefault)
    {
        var end = Id(ids, Token("eos_token")) ?? Id(ids, endByDefault) ?? (EosId is { } id && ids.Values.Contains(id) ? id : null);
        return DocumentMarks.Of(around, end);
    }

    /// <summary>What <c>add_bos_token</c> and <c>add_eos_token</c> put around a text; only where there is no tokenizer.json, whose post-processor says it.</summary>
    /// <param name="ids">Ids of all tokens.</param>
    /// <param name="begin">The token that begins a text, unless another is named.</param>
    /// <param name="addsBegin">Whether it does so where nothing is said.</param>
    /// <param name="end">The token that ends a text, unless another is named.</param>
    public TextTemplate Around(IReadOnlyDictionary<string, int> ids, string begin, bool addsBegin, string end)
    {
        return new(Mark("add_bos_token", addsBegin, "bos_token", begin), Mark("add_eos_token", false, "eos_token", end));

        int? Mark(string flag, bool byDefault, string role, string token)
        {
            var asked = Flag(flag);
            if (!(asked ?? byDefault)) return null;
            token = Token(role) ?? token;
            if (Id(ids, token) is { } id) return id;
            return asked is null ? null : throw new UnsupportedTokenizerException($"is asked to put the token '{token}' around each text and does not have it; correct {role} or {flag} in {TokenizerFiles.Config}");
        }
    }

    /// <summary>
    /// The tokens that the files add to a vocabulary. Those that state no id, which are named for a part only, get the next
    /// free ones, as transformers gives them.
    /// </summary>
    /// <param name="vocabulary">Ids of the vocabulary; receives those of the added tokens.</param>
    /// <param name="first">Tokens that another file adds; what it says of them counts.</param>
    /// <param name="last">Tokens that stand in place of the additional ones of special_tokens_map.json, or null.</param>
    /// <param name="byDefault">Tokens with a part to play unless another is named, which are added where the vocabulary has them.</param>
    /// <exception cref="UnsupportedTokenizerException">Two tokens have one id, or one token has two.</exception>
    public IReadOnlyCollection<AddedToken> AddTo(Dictionary<string, int> vocabulary, IEnumerable<AddedToken> first, IEnumerable<AddedToken>? last, (string Role, string Text)? byDefault)
    {
        var list = new AddedTokenList(vocabulary);
        foreach (var token in first) list.Add(token);
        foreach (var token in Entries(Field(Config, "added_tokens_decoder")))
            list.Add(int.TryParse(token.Name, CultureInfo.InvariantCulture, out var id) && Text(token.Value) is not null ? Parse(token.Value, id) : throw Bad(TokenizerFiles.Config, token));
        var named = Roles.Select(role => Field(SpecialTokens, role) ?? Field(Config, role)).OfType<JsonElement>()
            .Concat(Several(SpecialTokens, "extra_special_tokens")).Concat(Several(Config, "extra_special_tokens")).Concat(Several(Config, "additional_special_tokens")).ToArray();
        foreach (var token in Entries(Added))
        {
            var isSpecial = named.Any(value => Text(value) == token.Name);
            var id = token.Value.ValueKind == JsonValueKind.Number && token.Value.TryGetInt32(out var number) ? number : throw Bad(TokenizerFiles.AddedTokens, token);
            list.Add(new AddedToken(token.Name, id, isSpecial, IsNormalized: !isSpecial));
        }

        if (byDefault is { } given && Token(given.Role) is null && vocabulary.ContainsKey(given.Text)) list.Add(new AddedToken(given.Text, AddedTokenList.NextId, IsSpecial: true));
        foreach (var value in last is null ? named.Concat(Several(SpecialTokens, "additional_special_tokens")) : named)
            if (Text(value) is not null)
                list.Add(Parse(value, AddedTokenList.NextId) with { IsSpecial = true });
        foreach (var token in last ?? []) list.Add(token);
        return list.Tokens;
    }

    /// <summary>An added token: its text, or an object with text and switches.</summary>
    public static AddedToken Parse(JsonElement value, int id)
    {
        var special = Is("special");
        return new AddedToken(Text(value) ?? throw new KeyNotFoundException(), id, special, Is("single_word"), Is("lstrip"), Is("rstrip"),
            value.ValueKind == JsonValueKind.Object && (Field(value, "normalized") is { } normalized ? normalized.ValueKind == JsonValueKind.True : !special));

        bool Is(string name) => Field(value, name) is { ValueKind: JsonValueKind.True };
    }

    private static UnsupportedTokenizerException Bad(string file, JsonProperty token) =>
        new($"has a {file} beside it that lists a token as {token}, which is no text with its id; copy the file from the model's source again");

    // A list of tokens, or an object that names them.
    private static IEnumerable<JsonElement> Several(JsonElement? file, string name) =>
        Field(file, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : Entries(Field(file, name)).Select(entry => entry.Value);

    private static IEnumerable<JsonProperty> Entries(JsonElement? value) => value is { ValueKind: JsonValueKind.Object } map ? map.EnumerateObject() : [];

    private static int? Id(IReadOnlyDictionary<string, int> ids, string? token) => token is not null && ids.TryGetValue(token, out var id) ? id : null;

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
        element is { ValueKind: JsonValueKind.Object } item && item.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    // Either the text itself or an object with the text in "content".
    private static string? Text(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Object } token when Field(token, "content") is { ValueKind: JsonValueKind.String } text => text.GetString(),
        _ => null,
    };

    // Llama 3 lists several ends; the first is the end of text.
    private static int? FirstId(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Number } number => number.TryGetDouble(out var id) && id is >= 0 and < int.MaxValue && double.IsInteger(id) ? (int)id : null,
        { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() > 0 => FirstId(list[0]),
        _ => null,
    };
}
