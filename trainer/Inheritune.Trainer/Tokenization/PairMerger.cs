namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// Byte-pair encoding's merging, as Hugging Face's <c>tokenizers</c> and SentencePiece have it: of all neighbours those of the
/// lowest rank become one, of equal ones the leftmost. A heap of candidates over a linked list: n log n, whatever the text.
/// Microsoft.ML.Tokenizers takes quadratic time, cannot be cancelled, and breaks SentencePiece's ties in an order of its own.
/// </summary>
internal sealed class PairMerger
{
    private const int CheckEvery = 1 << 14;
    private const int None = -1;

    private readonly Dictionary<long, (int Rank, int Merged)> _merges = [];

    /// <summary>Two neighbours that become one symbol; a later rule for the same two takes the place of an earlier one.</summary>
    public void Add(int left, int right, int rank, int merged) => _merges[Pair(left, right)] = (rank, merged);

    /// <summary>Merges in place and returns how many symbols are left, at the beginning of the span.</summary>
    public int Merge(Span<int> symbols, CancellationToken cancellation)
    {
        var count = symbols.Length;
        // Of each symbol: its neighbours, and what it and the next one become with which rank.
        var (previous, next, merged, ranks) = (new int[count], new int[count], new int[count], new int[count]);
        var queue = new PriorityQueue<int, long>();
        for (var i = 0; i < count; i++)
        {
            if (i % CheckEvery == 0) cancellation.ThrowIfCancellationRequested();
            (previous[i], next[i]) = (i - 1, i + 1 < count ? i + 1 : None);
            Propose(i, symbols);
        }

        for (var taken = 0; queue.TryDequeue(out var left, out var priority); taken++)
        {
            if (taken % CheckEvery == 0) cancellation.ThrowIfCancellationRequested();
            // One of the two has been merged into something else since.
            if (ranks[left] != priority >> 32) continue;
            var right = next[left];
            symbols[left] = merged[left];
            ranks[right] = None;
            next[left] = next[right];
            if (next[left] != None) previous[next[left]] = left;
            Propose(left, symbols);
            if (previous[left] != None) Propose(previous[left], symbols);
        }

        var kept = 0;
        for (var i = count > 0 ? 0 : None; i != None; i = next[i]) symbols[kept++] = symbols[i];
        return kept;

        void Propose(int left, Span<int> symbols)
        {
            if (next[left] != None && _merges.TryGetValue(Pair(symbols[left], symbols[next[left]]), out var merge))
            {
                (ranks[left], merged[left]) = merge;
                queue.Enqueue(left, ((long)merge.Rank << 32) | (uint)left);
            }
            else
            {
                ranks[left] = None;
            }
        }
    }

    /// <summary>Multiplied by an odd number, which keeps pairs apart and spreads their hashes: a long's is only the one half XOR the other.</summary>
    private static long Pair(int left, int right) => unchecked((((long)left << 32) | (uint)right) * -7046029254386353131);
}
