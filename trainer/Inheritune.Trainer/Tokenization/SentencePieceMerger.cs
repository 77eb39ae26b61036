using System.Text;

namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// SentencePiece's byte-pair merging of one text. Microsoft.ML.Tokenizers has it too, but breaks ties between equal
/// scores in an order of its own, so that a run such as "aaaa" gets other ids than the model was trained with;
/// SentencePiece takes the leftmost.
/// </summary>
internal sealed class SentencePieceMerger
{
    private readonly IReadOnlyList<SentencePiece> _pieces;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly int[]? _byteIds;
    private readonly int _unknown;

    public SentencePieceMerger(IReadOnlyList<SentencePiece> pieces)
    {
        _pieces = pieces;
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var bytes = new List<int>();
        for (var id = 0; id < pieces.Count; id++)
            switch (pieces[id].Type)
            {
                case SentencePieceType.Normal: ids[pieces[id].Text] = id; break;
                case SentencePieceType.Byte: bytes.Add(id); break;
                case SentencePieceType.Unknown: _unknown = id; break;
            }

        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        // Bytes stand in the order of their values.
        _byteIds = bytes.Count == 256 ? [.. bytes] : null;
    }

    /// <summary>Ids of a text whose spaces are already written as U+2581.</summary>
    public List<int> Encode(ReadOnlySpan<char> text)
    {
        var symbols = Split(text);
        var queue = new PriorityQueue<(int Left, int Right, int Length), (float NegativeScore, int Left)>();
        for (var i = 1; i < symbols.Count; i++) Propose(text, symbols, i - 1, i, queue);

        while (queue.TryDequeue(out var pair, out _))
        {
            var (left, right) = (symbols[pair.Left], symbols[pair.Right]);
            // Either side has been merged into something else since.
            if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != pair.Length) continue;
            symbols[pair.Left] = left with { Length = pair.Length, Next = right.Next };
            symbols[pair.Right] = right with { Length = 0 };
            if (right.Next >= 0) symbols[right.Next] = symbols[right.Next] with { Previous = pair.Left };
            if (left.Previous >= 0) Propose(text, symbols, left.Previous, pair.Left, queue);
            if (right.Next >= 0) Propose(text, symbols, pair.Left, right.Next, queue);
        }

        return Emit(text, symbols);
    }

    private static List<Symbol> Split(ReadOnlySpan<char> text)
    {
        var symbols = new List<Symbol>(text.Length);
        for (var position = 0; position < text.Length;)
        {
            Rune.DecodeFromUtf16(text[position..], out _, out var length);
            symbols.Add(new Symbol(position, length, symbols.Count - 1, symbols.Count + 1));
            position += length;
        }

        if (symbols.Count > 0) symbols[^1] = symbols[^1] with { Next = -1 };
        return symbols;
    }

    private void Propose(ReadOnlySpan<char> text, List<Symbol> symbols, int left, int right, PriorityQueue<(int, int, int), (float, int)> queue)
    {
        var length = symbols[left].Length + symbols[right].Length;
        if (_ids.TryGetValue(text.Slice(symbols[left].Start, length), out var id))
            queue.Enqueue((left, right, length), (-_pieces[id].Score, left));
    }

    private List<int> Emit(ReadOnlySpan<char> text, List<Symbol> symbols)
    {
        var ids = new List<int>();
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = symbols.Count > 0 ? 0 : -1; i >= 0; i = symbols[i].Next)
        {
            var piece = text.Slice(symbols[i].Start, symbols[i].Length);
            if (_ids.TryGetValue(piece, out var id))
                ids.Add(id);
            else if (_byteIds is not null)
                foreach (var value in utf8[..Encoding.UTF8.GetBytes(piece, utf8)])
                    ids.Add(_byteIds[value]);
            else if (ids.Count == 0 || ids[^1] != _unknown)
                // A run of unknown characters is one unknown piece.
                ids.Add(_unknown);
        }

        return ids;
    }

    /// <summary>A stretch of the text in a linked list; -1 ends the list, length 0 marks a symbol that was merged away.</summary>
    private readonly record struct Symbol(int Start, int Length, int Previous, int Next);
}
