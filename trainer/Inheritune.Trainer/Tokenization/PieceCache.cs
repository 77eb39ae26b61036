using System.Collections.Concurrent;

namespace Inheritune.Trainer.Tokenization;

/// <summary>Ids of words that have been seen: words come back all the time. Bounded, and safe for several threads.</summary>
internal sealed class PieceCache
{
    private const int LongestPiece = 32;
    private const int MostPieces = 1 << 17;

    private readonly PieceEncoder _encode;
    private readonly ConcurrentDictionary<string, int[]> _ids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private int _count;

    /// <param name="encode">Computes the ids of a piece that is not known.</param>
    public PieceCache(PieceEncoder encode)
    {
        _encode = encode;
        _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The ids of a piece.</summary>
    public int[] Get(ReadOnlySpan<char> piece, CancellationToken cancellation)
    {
        if (_lookup.TryGetValue(piece, out var known)) return known;
        var ids = _encode(piece, cancellation);
        if (piece.Length <= LongestPiece && _count < MostPieces && _lookup.TryAdd(piece, ids)) Interlocked.Increment(ref _count);
        return ids;
    }
}
