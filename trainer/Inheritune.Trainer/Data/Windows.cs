namespace Inheritune.Trainer.Data;

/// <summary>The places of a sequence where a model reads so many tokens on end and one more as the last target: each lies within one stretch.</summary>
internal sealed class Windows
{
    private readonly int _stride;
    private readonly List<long> _starts = [];
    private readonly List<long> _before = [];

    /// <param name="tokens">The sequence.</param>
    /// <param name="length">Tokens that a model reads; a window has one more.</param>
    /// <param name="stride">Tokens from one window of a stretch to the next; the first begins with the stretch.</param>
    public Windows(ITokenSequence tokens, int length, int stride)
    {
        (Length, _stride) = (length, stride);
        var start = 0L;
        foreach (var end in tokens.StretchEnds)
        {
            if (end - start > length)
            {
                _starts.Add(start);
                _before.Add(Count);
                Count += (end - start - 1 - length) / stride + 1;
            }

            start = end;
        }
    }

    /// <summary>Tokens that a model reads in a window.</summary>
    public int Length { get; }

    /// <summary>Number of windows.</summary>
    public long Count { get; }

    /// <summary>Where a window begins.</summary>
    public long this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var stretch = _before.BinarySearch(index);
            if (stretch < 0) stretch = ~stretch - 1;
            return _starts[stretch] + (index - _before[stretch]) * _stride;
        }
    }

    /// <summary>As the constructor, but where no stretch is so long, the windows are as long as the longest.</summary>
    public static Windows AtMost(ITokenSequence tokens, int length, int stride)
    {
        var (longest, start) = (0L, 0L);
        foreach (var end in tokens.StretchEnds) (longest, start) = (Math.Max(longest, end - start), end);
        var fitting = (int)Math.Clamp(longest - 1, 1, length);
        return new(tokens, fitting, stride == length ? fitting : stride);
    }
}
