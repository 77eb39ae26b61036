namespace Inheritune.Trainer.Data;

/// <summary>
/// A random permutation of 0..count-1 that is always the same, without a table: a Feistel network over the next even power of two, walked until
/// the value falls into the range (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).
/// </summary>
internal sealed class SegmentPermutation
{
    private const int Rounds = 6;

    private readonly int _halfBits;
    private readonly ulong[] _keys = new ulong[Rounds];

    public SegmentPermutation(long count)
    {
        Count = count;
        while (1L << (2 * _halfBits) < count) _halfBits++;
        var state = 0UL;
        for (var round = 0; round < Rounds; round++) _keys[round] = Mix(state += 0x9E3779B97F4A7C15);
    }

    public long Count { get; }

    /// <summary>The value at an index.</summary>
    public long this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            do index = Encrypt(index);
            while (index >= Count);
            return index;
        }
    }

    private long Encrypt(long value)
    {
        var mask = (1UL << _halfBits) - 1;
        var (left, right) = ((ulong)value >> _halfBits, (ulong)value & mask);
        foreach (var key in _keys) (left, right) = (right, left ^ (Mix(right ^ key) & mask));
        return (long)((left << _halfBits) | right);
    }

    /// <summary>The finalizer of SplitMix64.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
