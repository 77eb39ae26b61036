namespace Inheritune.Trainer.Data;

/// <summary>Ranges of a corpus as one sequence, in the order of the corpus.</summary>
internal sealed class TokenSelection : ITokenSequence
{
    private readonly TokenCorpus _corpus;
    private readonly long[] _starts;

    /// <param name="corpus">The corpus.</param>
    /// <param name="ranges">Ranges in ascending order that do not meet.</param>
    /// <param name="follows">Whether what starts at the second position may be read on behind what ends at the first, as in the corpus.</param>
    public TokenSelection(TokenCorpus corpus, IReadOnlyList<TokenRange> ranges, Func<long, long, bool> follows)
    {
        (_corpus, Ranges, _starts) = (corpus, ranges, new long[ranges.Count]);
        var ends = new List<long>();
        for (var i = 0; i < ranges.Count; i++)
        {
            _starts[i] = Length;
            Length += ranges[i].Length;
            if (i + 1 == ranges.Count || !follows(ranges[i].End, ranges[i + 1].Start)) ends.Add(Length);
        }

        StretchEnds = ends;
    }

    public IReadOnlyList<TokenRange> Ranges { get; }

    public long Length { get; }

    public IReadOnlyList<long> StretchEnds { get; }

    public void Read(long position, Span<long> destination)
    {
        while (destination.Length > 0)
        {
            var (start, count) = Locate(position, destination.Length);
            _corpus.Read(start, destination[..count]);
            position += count;
            destination = destination[count..];
        }
    }

    public void Prefetch(long position, int count)
    {
        while (count > 0)
        {
            var (start, part) = Locate(position, count);
            _corpus.Prefetch(start, part);
            (position, count) = (position + part, count - part);
        }
    }

    /// <summary>Place in the corpus, and how many of the wanted ids lie there in one piece.</summary>
    private (long Start, int Count) Locate(long position, int wanted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Length - wanted);
        var index = Array.BinarySearch(_starts, position);
        if (index < 0) index = ~index - 1;
        var start = Ranges[index].Start + position - _starts[index];
        return (start, (int)Math.Min(wanted, Ranges[index].End - start));
    }
}
