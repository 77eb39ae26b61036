using System.Text;
using System.Text.Json;

namespace Inheritune.Trainer.Tokenization;

/// <summary>Makes a tokenizer of a folder's files.</summary>
/// <param name="location">The folder, for messages.</param>
/// <param name="rows">Rows of the model's embedding.</param>
/// <param name="files">The files.</param>
/// <param name="settings">What those beside the vocabulary say.</param>
internal sealed class TokenizerLoader(string location, int rows, TokenizerFiles files, TokenizerSettings settings)
{
    private static readonly (string Vocabulary, string Merges)[] Gpt2Pairs = [("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe")];

    /// <summary>The file that is being read, for messages.</summary>
    public string File { get; private set; } = "";

    /// <summary>The tokenizer, or null when there is none.</summary>
    public ITokenizer? Load()
    {
        if (Has(TokenizerFiles.SentencePiece)) return LoadSentencePiece();
        if (Has(TokenizerFiles.Json)) return LoadJson();
        return Gpt2Pairs.Where(pair => Has(pair.Merges) && Has(pair.Vocabulary)).Select(pair => LoadGpt2(pair.Vocabulary, pair.Merges)).FirstOrDefault();
    }

    private bool Has(string name) => files.Content.ContainsKey(File = name);

    private SentencePieceBpe LoadSentencePiece()
    {
        var file = SentencePieceFile.Parse(files.Content[File]);
        if (file.ModelType != 2)
            throw new UnsupportedTokenizerException($"holds a SentencePiece model of type {file.ModelType switch { 1 => "Unigram", 3 => "Word", 4 => "Char", var type => $"{type}" }}; only byte-pair encoding (Llama) is supported. Use a model with such a tokenizer");
        if (file.Denormalizes)
            throw new UnsupportedTokenizerException("normalizes what it decodes (denormalizer_spec), which is not supported; use a model with an ordinary tokenizer");
        if (file.Pieces.Exists(piece => piece.Type == SentencePieceType.Unused))
            throw new UnsupportedTokenizerException("has unused pieces, which are not supported; use a model with an ordinary tokenizer");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var piece in file.Pieces)
            if (!ids.TryAdd(piece.Text, ids.Count)) throw new UnsupportedTokenizerException($"has the piece '{piece.Text}' twice, as ids {ids[piece.Text]} and {ids.Count}; copy the file from the model's source again");

        // transformers takes from a tokenizer.json beside it what is put around a text and, where no other file lists them, the added tokens.
        using var json = Has(TokenizerFiles.Json) ? JsonDocument.Parse(files.Content[File]) : null;
        var listed = json is null || settings.ListsAddedTokens ? [] : TokenizerJson.AddedTokens(json.RootElement);
        var control = file.Pieces.Where(piece => piece.Type == SentencePieceType.Control).Select(piece => new AddedToken(piece.Text, ids[piece.Text], IsSpecial: true));
        var added = settings.AddTo(ids, listed, control, ("unk_token", "<unk>"));
        var around = json is null ? null : TokenizerJson.Around(json.RootElement, ids);
        File = TokenizerFiles.SentencePiece;
        around ??= settings.Around(Rows(ids), "<s>", addsBegin: true, "</s>");
        var (addsPrefix, toAll) = (settings.Flag("add_prefix_space") ?? file.AddsDummyPrefix, settings.Flag("legacy") ?? false);
        var parts = Parts(added, TextNormalizer.Identity, Marks(ids, around.Value, "</s>"), $"prefix {addsPrefix} {toAll}", TokenizerFiles.SentencePiece);
        return new SentencePieceBpe(file, parts, addsPrefix, toAll);
    }

    private ByteLevelTokenizer LoadJson()
    {
        using var json = JsonDocument.Parse(files.Content[File]);
        var parsed = TokenizerJson.Parse(json.RootElement);
        // transformers makes GPT-2's own class anew from the vocabulary and asks tokenizer_config.json.
        if (settings.Class is "GPT2Tokenizer" or "GPT2TokenizerFast" && (settings.Flag("add_prefix_space") ?? false) != parsed.Model.AddsPrefixSpace)
            throw new UnsupportedTokenizerException($"{(parsed.Model.AddsPrefixSpace ? "puts" : "does not put")} a space in front of a text, and add_prefix_space of {TokenizerFiles.Config} says otherwise; make them agree");
        var ids = new Dictionary<string, int>(parsed.Model.Vocabulary, StringComparer.Ordinal);
        var added = settings.AddTo(ids, parsed.Added, last: null, byDefault: null);
        var marks = Marks(ids, TokenizerJson.Around(json.RootElement, ids) ?? default, TokenizerJson.EndOfText);
        return new ByteLevelTokenizer(parsed.Model, Parts(added, parsed.Normalizer, marks, "", TokenizerFiles.Json));
    }

    private ByteLevelTokenizer LoadGpt2(string vocabulary, string merges)
    {
        var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(files.Content[vocabulary])!;
        var lines = Encoding.UTF8.GetString(files.Content[merges]).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        // The first line is a comment; a merge may itself begin with '#'.
        var pairs = lines.Skip(lines is [['#', 'v', ..], ..] ? 1 : 0).ToArray();
        var addsPrefixSpace = settings.Flag("add_prefix_space") ?? false;
        var model = new BytePairModel(new Dictionary<string, int>(ids), pairs, PreTokenizer.Gpt2, IgnoreMerges: false, addsPrefixSpace);
        var added = settings.AddTo(ids, [], last: null, ("eos_token", TokenizerJson.EndOfText));
        var marks = Marks(ids, settings.Around(Rows(ids), TokenizerJson.EndOfText, addsBegin: false, TokenizerJson.EndOfText), TokenizerJson.EndOfText);
        return new ByteLevelTokenizer(model, Parts(added, TextNormalizer.Identity, marks, $"prefix {addsPrefixSpace}", vocabulary, merges));
    }

    /// <summary>The ids that the model knows.</summary>
    private Dictionary<string, int> Rows(Dictionary<string, int> ids) => ids.Where(entry => entry.Value < rows).ToDictionary(StringComparer.Ordinal);

    private DocumentMarks Marks(Dictionary<string, int> ids, TextTemplate around, string endByDefault) => around.Begin >= rows || around.End >= rows
        ? throw new UnsupportedTokenizerException($"puts the id {(around.Begin >= rows ? around.Begin : around.End)} around each text, for which the model has no row (it has {rows}); put the tokenizer files that belong to the model there")
        : settings.Marks(Rows(ids), around, endByDefault);

    private TokenizerParts Parts(IReadOnlyCollection<AddedToken> tokens, TextNormalizer normalizer, DocumentMarks marks, string prefix, params ReadOnlySpan<string> names)
    {
        var added = new AddedTokens(tokens, normalizer, keepsSpecial: settings.Flag("split_special_tokens") ?? false);
        return new TokenizerParts(location, added, marks, files.Digest($"{added}\n{prefix}", marks, names), rows);
    }
}
