namespace Inheritune.Trainer.Native;

/// <summary>Which addresses of a stretch are taken. The smallest hole that fits is used, and neighbouring holes become one.</summary>
internal sealed class BlockMap
{
    private const nuint Unit = 4096;

    private readonly SortedSet<(nuint Size, nuint Begin)> _holes = [];
    private readonly Dictionary<nuint, nuint> _sizeOfHoleAt = [];
    private readonly Dictionary<nuint, nuint> _beginOfHoleBefore = [];
    private readonly Dictionary<nuint, nuint> _sizeOfBlockAt = [];

    /// <summary>Bytes that are taken.</summary>
    public nuint Taken { get; private set; }

    /// <summary>Adds a hole.</summary>
    public void Add(nuint begin, nuint size)
    {
        if (_beginOfHoleBefore.TryGetValue(begin, out var before))
        {
            size += begin - before;
            begin = before;
            Remove(before);
        }

        if (_sizeOfHoleAt.TryGetValue(begin + size, out var after))
        {
            Remove(begin + size);
            size += after;
        }

        _holes.Add((size, begin));
        _sizeOfHoleAt[begin] = size;
        _beginOfHoleBefore[begin + size] = begin;
    }

    /// <summary>Takes a block; 0 when none of that size is left.</summary>
    public nuint Take(nuint size)
    {
        size = (size + Unit - 1) / Unit * Unit;
        var (holeSize, begin) = _holes.GetViewBetween((size, 0), (nuint.MaxValue, nuint.MaxValue)).Min;
        if (holeSize == 0) return 0;
        Remove(begin);
        if (holeSize > size) Add(begin + size, holeSize - size);
        _sizeOfBlockAt[begin] = size;
        Taken += size;
        return begin;
    }

    /// <summary>Gives a block back.</summary>
    public void Give(nuint begin)
    {
        _sizeOfBlockAt.Remove(begin, out var size);
        Taken -= size;
        Add(begin, size);
    }

    private void Remove(nuint begin)
    {
        _sizeOfHoleAt.Remove(begin, out var size);
        _beginOfHoleBefore.Remove(begin + size);
        _holes.Remove((size, begin));
    }
}
