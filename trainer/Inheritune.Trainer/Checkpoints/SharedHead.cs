using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Whether a head is the token embedding once more. Both are read in pieces, side by side, up to the first difference.</summary>
internal static class SharedHead
{
    private const int GlanceBytes = 64 << 10;
    private const int Glances = 16;

    /// <param name="store">Where the files are.</param>
    /// <param name="embedding">The token embedding.</param>
    /// <param name="head">The head.</param>
    /// <param name="glance">Looks at 1 MiB of each, evenly spread, and not at all of it.</param>
    public static bool Is(IObjectStore store, TensorEntry embedding, TensorEntry head, bool glance)
    {
        if (embedding.Dtype != head.Dtype || !embedding.Shape.AsSpan().SequenceEqual(head.Shape)) return false;
        var length = embedding.Length;
        return Same(Spread(length)) && (glance || Same(Whole(length)));

        // ReadAhead ends what is in progress when a difference is found.
        bool Same(IEnumerable<(long Start, int Length)> places) => ReadAhead.Read(places.Select(place => new Pair(store, embedding, head, place)), (pair, stop) => pair.Read(stop), default).All(pair => pair.IsEqual);
    }

    private static IEnumerable<(long Start, int Length)> Spread(long length) => length <= Glances * GlanceBytes
        ? Whole(length)
        : Enumerable.Range(0, Glances).Select(i => ((length - GlanceBytes) * i / (Glances - 1), GlanceBytes));

    private static IEnumerable<(long Start, int Length)> Whole(long length)
    {
        for (var start = 0L; start < length; start += ReadAhead.BufferBytes) yield return (start, (int)Math.Min(ReadAhead.BufferBytes, length - start));
    }

    private sealed class Pair(IObjectStore store, TensorEntry embedding, TensorEntry head, (long Start, int Length) place)
    {
        private readonly byte[] _a = new byte[place.Length];
        private readonly byte[] _b = new byte[place.Length];

        public bool IsEqual => _a.AsSpan().SequenceEqual(_b);

        public Task Read(CancellationToken stop) => Task.WhenAll(
            store.ReadAsync(embedding.File, embedding.Offset + place.Start, [_a], stop),
            store.ReadAsync(head.File, head.Offset + place.Start, [_b], stop));
    }
}
