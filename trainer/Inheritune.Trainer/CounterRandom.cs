namespace Inheritune.Trainer;

/// <summary>
/// Random numbers as a pure function of a seed, a purpose and an index. There is no generator whose state would have to be
/// saved: the data of step 1000 or the initial value of a tensor is the same however one gets there.
/// </summary>
public static class CounterRandom
{
    /// <summary>64 random bits for draw number <paramref name="index"/> of a stream.</summary>
    public static ulong Bits(int seed, string purpose, long index)
    {
        // FNV-1a spreads the purpose, SplitMix64's finaliser mixes (Steele, Lea and Flood, 2014).
        var hash = 14695981039346656037UL;
        foreach (var c in purpose) hash = (hash ^ c) * 1099511628211UL;
        return Mix(Mix(hash ^ (uint)seed) + (ulong)index * 0x9E3779B97F4A7C15UL);
    }

    /// <summary>A number from 0 to <paramref name="exclusive"/> - 1, without noticeable bias.</summary>
    public static long Below(long exclusive, int seed, string purpose, long index) =>
        (long)Math.BigMul(Bits(seed, purpose, index), (ulong)exclusive, out _);

    /// <summary>A number in [0, 1).</summary>
    public static double Unit(int seed, string purpose, long index) => (Bits(seed, purpose, index) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
