using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Inheritune.Trainer.Tokenization;

/// <summary>Byte-level byte-pair encoding as GPT-2, Llama 3 and their relatives have it.</summary>
internal sealed class ByteLevelTokenizer : ITokenizer
{
    private readonly BytePairModel _model;
    private readonly BpeTokenizer _merger;
    private readonly PieceCache _cache;
    private readonly Dictionary<int, string> _tokens;

    public ByteLevelTokenizer(BytePairModel model, DocumentMarks marks, string digest)
    {
        _model = model;
        _merger = BpeTokenizer.Create(new BpeOptions(model.Vocabulary) { Merges = model.Merges, ByteLevel = true });
        _cache = new PieceCache(Merge);
        _tokens = model.Vocabulary.Where(entry => !model.Special.Contains(entry.Value)).ToDictionary(entry => entry.Value, entry => entry.Key);
        VocabularySize = model.Vocabulary.Values.Concat(model.Special).Max() + 1;
        (BeginOfDocument, EndOfDocument, EndOfText) = marks;
        Digest = digest;
    }

    public int VocabularySize { get; }

    public int? BeginOfDocument { get; }

    public int? EndOfDocument { get; }

    public int? EndOfText { get; }

    public string Digest { get; }

    public string Description => string.Create(CultureInfo.InvariantCulture, $"byte-level BPE ({_model.PreTokenizer.Name}), {VocabularySize:N0} ids");

    public IReadOnlyList<int> Encode(string text)
    {
        var ids = new List<int>(text.Length / 3);
        _model.PreTokenizer.Split(text, piece => ids.AddRange(_cache.Get(piece)));
        return ids;
    }

    public TextCut? LastCut(ReadOnlySpan<char> text) => PreTokenizer.LastCut(text);

    public string Decode(IReadOnlyList<int> ids)
    {
        var bytes = new List<byte>(ids.Count * 4);
        foreach (var id in ids)
            if (_tokens.TryGetValue(id, out var token))
                ByteAlphabet.Append(bytes, token);
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private int[] Merge(ReadOnlySpan<char> piece)
    {
        if (_model.IgnoreMerges && _model.Vocabulary.TryGetValue(ByteAlphabet.ToSymbols(piece), out var whole)) return [whole];
        return [.. _merger.EncodeToIds(piece, considerPreTokenization: false, considerNormalization: false)];
    }
}
