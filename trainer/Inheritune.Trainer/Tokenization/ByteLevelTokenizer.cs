using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Inheritune.Trainer.Tokenization;

/// <summary>Byte-level byte-pair encoding as GPT-2, Llama 3 and their relatives have it.</summary>
internal sealed class ByteLevelTokenizer : VocabularyTokenizer
{
    private readonly BytePairModel _model;
    private readonly BpeTokenizer _merger;
    private readonly PieceCache _cache;
    private readonly Dictionary<int, string> _tokens;

    public ByteLevelTokenizer(BytePairModel model, TokenizerParts parts)
        : base(parts, model.Vocabulary.Values.Where(id => !parts.Added.ById.ContainsKey(id)).Max() + 1)
    {
        _model = model;
        _merger = BpeTokenizer.Create(new BpeOptions(model.Vocabulary) { Merges = model.Merges, ByteLevel = true });
        _cache = new PieceCache(Merge);
        _tokens = model.Vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        foreach (var token in Added.ById.Values) _tokens[token.Id] = token.IsSpecial ? "" : token.Text;
    }

    public override string Description => string.Create(CultureInfo.InvariantCulture, $"byte-level BPE ({_model.PreTokenizer.Name}), {VocabularySize:N0} ids");

    public override string Decode(IReadOnlyList<int> ids)
    {
        var bytes = new List<byte>(ids.Count * 4);
        foreach (var id in ids)
            if (_tokens.TryGetValue(id, out var token))
                ByteAlphabet.Append(bytes, token);
        return Encoding.UTF8.GetString([.. bytes]);
    }

    protected override void Encode(string text, bool isFirst, List<int> ids) =>
        _model.PreTokenizer.Split(_model.AddsPrefixSpace && text[0] != ' ' ? ' ' + text : text, piece => ids.AddRange(_cache.Get(piece)));

    protected override TextCut? LastCutBetweenTokens(ReadOnlySpan<char> text)
    {
        var cut = PreTokenizer.LastCut(text);
        // The second part would get a space that it does not have within the text.
        while (_model.AddsPrefixSpace && cut is { } found && text[found.Next] != ' ') cut = PreTokenizer.LastCut(text[..found.End]);
        return cut;
    }

    private int[] Merge(ReadOnlySpan<char> piece)
    {
        if (_model.IgnoreMerges && _model.Vocabulary.TryGetValue(ByteAlphabet.ToSymbols(piece), out var whole)) return [whole];
        return [.. _merger.EncodeToIds(piece, considerPreTokenization: false, considerNormalization: false)];
    }
}
