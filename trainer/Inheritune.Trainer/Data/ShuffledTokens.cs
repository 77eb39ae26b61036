namespace Inheritune.Trainer.Data;

/// <summary>
/// A corpus whose segments stand in a seeded random order; the last segment, which may be shorter, stays last. It costs no
/// memory, so a random subset of any corpus is a prefix of it.
/// </summary>
internal sealed class ShuffledTokens(TokenCorpus corpus, int segment, int seed) : ITokenSequence
{
    private readonly long _whole = corpus.Length / segment;
    private readonly SegmentPermutation _permutation = new(corpus.Length / segment, seed);

    public long Length => corpus.Length;

    public void Read(long position, Span<long> destination)
    {
        while (destination.Length > 0)
        {
            var (start, count) = Locate(position, destination.Length);
            corpus.Read(start, destination[..count]);
            position += count;
            destination = destination[count..];
        }
    }

    public void Prefetch(long position, int count)
    {
        while (count > 0)
        {
            var (start, part) = Locate(position, count);
            corpus.Prefetch(start, part);
            (position, count) = (position + part, count - part);
        }
    }

    /// <summary>The first id in a stretch that is not below the limit; see <see cref="TokenCorpus.FindAtLeast"/>.</summary>
    public (string File, long Position, long Id)? FindAtLeast(long position, long length, int limit)
    {
        while (length > 0)
        {
            var (start, count) = Locate(position, length);
            if (corpus.FindAtLeast(start, count, limit) is { } found) return found;
            (position, length) = (position + count, length - count);
        }

        return null;
    }

    /// <summary>Place in the corpus, and how much of the wanted stretch lies there in one piece.</summary>
    private (long Start, int Count) Locate(long position, long wanted)
    {
        var (index, offset) = Math.DivRem(position, segment);
        var (start, length) = index < _whole ? (_permutation[index] * segment, segment) : (_whole * segment, Length - _whole * segment);
        return (start + offset, (int)Math.Min(wanted, length - offset));
    }
}
