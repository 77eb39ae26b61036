using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>SentencePiece's byte-pair merging: the rank of a pair is the score of the piece that it makes.</summary>
internal sealed class SentencePieceMerger
{
    private readonly PairMerger _merger = new();
    private readonly UserDefinedPieces _userDefined;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly HashSet<int> _held = [];
    private readonly int[]? _byteIds;
    private readonly int _unknown;

    public SentencePieceMerger(IReadOnlyList<SentencePiece> pieces, UserDefinedPieces userDefined)
    {
        _userDefined = userDefined;
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var bytes = new List<int>();
        foreach (var (id, piece) in pieces.Index())
            switch (piece.Type)
            {
                case SentencePieceType.Normal: ids[piece.Text] = id; break;
                case SentencePieceType.Byte: bytes.Add(id); break;
                case SentencePieceType.Unknown: _unknown = id; break;
            }

        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        // Bytes stand in the order of their values.
        _byteIds = bytes.Count == 256 ? [.. bytes] : null;
        foreach (var piece in pieces.Where(piece => piece.Type is SentencePieceType.Normal or SentencePieceType.UserDefined))
            for (var i = 1; i < piece.Text.Length; i++)
                _held.Add(Neighbours(piece.Text[i - 1], piece.Text[i]));
        AddMerges(pieces, ids);
    }

    /// <summary>No piece has the two characters beside each other, so that no merge ever reaches from one to the other.</summary>
    public bool AreApart(char left, char right) =>
        !_held.Contains(Neighbours(left, right)) && !char.IsLowSurrogate(right) && (_byteIds is not null || IsKnown(left) || IsKnown(right));

    /// <summary>Ids of a text that is normalized.</summary>
    public int[] Encode(ReadOnlySpan<char> text, CancellationToken cancellation)
    {
        var symbols = new int[text.Length];
        var count = 0;
        for (var position = 0; position < text.Length;)
        {
            var symbol = _userDefined.Match(text[position..], out var length, out _);
            symbols[count++] = length > 0 ? symbol : Symbol(text[position..], out length);
            position += length;
        }

        return Emit(symbols.AsSpan(0, _merger.Merge(symbols.AsSpan(0, count), cancellation)));
    }

    /// <summary>A piece is made of any two of its parts that can come up: pieces, and single characters, which need not be pieces.</summary>
    private void AddMerges(IReadOnlyList<SentencePiece> pieces, Dictionary<string, int> ids)
    {
        var ranks = ids.Values.Select(id => pieces[id].Score).Distinct().OrderDescending().Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        foreach (var (text, id) in ids)
            for (var i = 1; i < text.Length; i++)
                if (!char.IsLowSurrogate(text[i]) && Part(text.AsSpan(0, i)) is { } left && Part(text.AsSpan(i)) is { } right)
                    _merger.Add(left, right, ranks[pieces[id].Score], id);
    }

    private int? Part(ReadOnlySpan<char> text) =>
        _ids.TryGetValue(text, out var id) ? id : Symbol(text, out var length) is var symbol && length == text.Length ? symbol : null;

    /// <summary>The piece that the first character is, else its code point as a negative number.</summary>
    private int Symbol(ReadOnlySpan<char> text, out int length)
    {
        Rune.DecodeFromUtf16(text, out var rune, out length);
        return _ids.TryGetValue(text[..length], out var id) ? id : ~rune.Value;
    }

    private static int Neighbours(char left, char right) => (left << 16) | right;

    private bool IsKnown(char character) => _ids.ContainsKey([character]);

    private int[] Emit(ReadOnlySpan<int> symbols)
    {
        var ids = new List<int>(symbols.Length);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var symbol in symbols)
            if (symbol >= 0)
                ids.Add(symbol);
            else if (_byteIds is not null)
                foreach (var value in utf8[..new Rune(~symbol).EncodeToUtf8(utf8)])
                    ids.Add(_byteIds[value]);
            else if (ids.Count == 0 || ids[^1] != _unknown)
                // A run of unknown characters is one unknown piece.
                ids.Add(_unknown);
        return [.. ids];
    }
}
