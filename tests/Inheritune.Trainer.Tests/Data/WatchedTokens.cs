using Inheritune.Trainer.Data;

namespace Inheritune.Trainer.Tests.Data;

/// <summary>Random ids that insist on being read as announced, and within a stretch.</summary>
internal sealed class WatchedTokens(int vocabulary, int length, params long[] ends) : ITokenSequence
{
    private readonly Dictionary<(long Position, int Count), int> _announced = [];

    public long[] Ids { get; } = [.. Enumerable.Range(0, length).Select(i => CounterRandom.Below(vocabulary, 3, "tokens", i))];

    public long Length => length;

    public IReadOnlyList<long> StretchEnds { get; } = ends.Length > 0 ? ends : [length];

    /// <summary>Places that were announced and are not read yet.</summary>
    public int Outstanding => _announced.Values.Sum();

    public void Read(long position, Span<long> destination)
    {
        var stretch = (position, destination.Length);
        Assert.True(_announced.GetValueOrDefault(stretch) > 0, $"{stretch} was not announced");
        _announced[stretch]--;
        Ids.AsSpan((int)position, destination.Length).CopyTo(destination);
    }

    public void Prefetch(long position, int count)
    {
        Assert.InRange(position + count, count, StretchEnds.First(end => end > position));
        _announced[(position, count)] = _announced.GetValueOrDefault((position, count)) + 1;
    }
}
