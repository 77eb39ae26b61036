using System.Globalization;
using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>Byte-level byte-pair encoding as GPT-2, Llama 3 and their relatives have it.</summary>
internal sealed class ByteLevelTokenizer : VocabularyTokenizer
{
    private readonly BytePairModel _model;
    private readonly PairMerger _merger = new();
    private readonly int[] _bytes;
    private readonly int _longestToken;
    private readonly Lazy<TokenBoundaries> _boundaries;
    private readonly PieceCache _cache;
    private readonly Dictionary<int, string> _tokens;

    public ByteLevelTokenizer(BytePairModel model, TokenizerParts parts)
        : base(parts, model.Vocabulary.Values.Where(id => !parts.Added.ById.ContainsKey(id)).Max() + 1)
    {
        _model = model;
        _bytes = [.. ByteAlphabet.Symbols.Select(symbol => model.Vocabulary[symbol.ToString()])];
        foreach (var (rank, merge) in model.Merges.Index())
        {
            var space = merge.IndexOf(' ', StringComparison.Ordinal);
            var (left, right) = (merge[..space], merge[(space + 1)..]);
            _merger.Add(model.Vocabulary[left], model.Vocabulary[right], rank, model.Vocabulary[left + right]);
        }

        _longestToken = model.Vocabulary.Keys.Max(token => token.Length);
        _boundaries = new(() => new TokenBoundaries(model.Vocabulary.Keys));
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

    public override int? LastCut(ReadOnlySpan<char> text, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (PreTokenizer.LastCutBetweenWords(text, Added.AllowsCut) is { } cut) return cut;
        if (!Added.IsNormal(text)) return null;
        return _model.PreTokenizer.LastCut(text, Added.AllowsCut) ?? _boundaries.Value.LastCut(text, Added.AllowsCut);
    }

    protected override void Encode(string text, TextPart part, bool isFirst, List<int> ids, CancellationToken cancellation) =>
        _model.PreTokenizer.Split(_model.AddsPrefixSpace && part.Begins && text[0] != ' ' ? ' ' + text : text, piece =>
        {
            cancellation.ThrowIfCancellationRequested();
            ids.AddRange(_cache.Get(piece, cancellation));
        });

    private int[] Merge(ReadOnlySpan<char> piece, CancellationToken cancellation)
    {
        if (_model.IgnoreMerges && piece.Length <= _longestToken && _model.Vocabulary.TryGetValue(ByteAlphabet.ToSymbols(piece), out var whole)) return [whole];
        var utf8 = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, utf8);
        var symbols = Array.ConvertAll(utf8, value => _bytes[value]);
        return symbols[.._merger.Merge(symbols, cancellation)];
    }
}
