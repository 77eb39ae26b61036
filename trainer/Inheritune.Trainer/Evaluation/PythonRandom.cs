namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// Python's <c>random.Random(seed)</c>: the Mersenne Twister MT19937 and, on top of it, Python's own ways to shuffle and to draw. The
/// harness's order of documents and its few-shot examples follow from it.
/// </summary>
internal sealed class PythonRandom
{
    private const int N = 624;
    private const int M = 397;

    private readonly uint[] _state = new uint[N];
    private int _next = N;

    public PythonRandom(uint seed)
    {
        // init_by_array with the one key that a small seed is.
        _state[0] = 19650218;
        for (var i = 1; i < N; i++) _state[i] = 1812433253 * Spread(i - 1) + (uint)i;
        var at = 1;
        for (var k = 0; k < N; k++)
        {
            _state[at] = (_state[at] ^ (Spread(at - 1) * 1664525)) + seed;
            at = Advance(at);
        }

        for (var k = 0; k < N - 1; k++)
        {
            _state[at] = (_state[at] ^ (Spread(at - 1) * 1566083941)) - (uint)at;
            at = Advance(at);
        }

        _state[0] = 0x80000000;
    }

    /// <summary><c>random()</c>: 53 bits in [0, 1).</summary>
    public double Unit() => ((NextBits() >> 5) * 67108864.0 + (NextBits() >> 6)) / 9007199254740992.0;

    /// <summary><c>_randbelow(n)</c>.</summary>
    public int Below(int n)
    {
        var shift = System.Numerics.BitOperations.LeadingZeroCount((uint)n);
        uint value;
        do value = NextBits() >> shift;
        while (value >= n);
        return (int)value;
    }

    /// <summary><c>shuffle(items)</c>.</summary>
    public void Shuffle<T>(IList<T> items)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary><c>sample(items, count)</c>: distinct items in random order.</summary>
    public IReadOnlyList<T> Sample<T>(IReadOnlyList<T> items, int count)
    {
        // Python takes from a copy while that is smaller than a set of the indices drawn would be; both ways draw differently.
        var setSize = count > 5 ? 21 + Math.Pow(4, Math.Ceiling(Math.Log(count * 3, 4))) : 21;
        var result = new T[count];
        if (items.Count <= setSize)
        {
            var pool = items.ToArray();
            for (var i = 0; i < count; i++)
            {
                var j = Below(items.Count - i);
                result[i] = pool[j];
                pool[j] = pool[items.Count - i - 1];
            }

            return result;
        }

        var taken = new HashSet<int>();
        for (var i = 0; i < count; i++)
        {
            int j;
            do j = Below(items.Count);
            while (!taken.Add(j));
            result[i] = items[j];
        }

        return result;
    }

    private uint Spread(int i) => _state[i] ^ (_state[i] >> 30);

    private int Advance(int at)
    {
        if (at + 1 < N) return at + 1;
        _state[0] = _state[N - 1];
        return 1;
    }

    private uint NextBits()
    {
        if (_next == N) Refill();
        var y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    private void Refill()
    {
        for (var i = 0; i < N; i++)
        {
            var y = (_state[i] & 0x80000000) | (_state[(i + 1) % N] & 0x7fffffff);
            _state[i] = _state[(i + M) % N] ^ (y >> 1) ^ ((y & 1) * 0x9908b0df);
        }

        _next = 0;
    }
}
