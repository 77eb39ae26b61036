using System.Buffers;

namespace Inheritune.Trainer.Data;

/// <summary>
/// A bounded cache on the disk for blocks of files that lie elsewhere. What is announced is fetched by background threads in the
/// order of the announcements; what is read before it has come makes the reader wait. Announcements may come from any thread,
/// reads from one at a time.
/// </summary>
internal sealed class BlockCache : IDisposable
{
    public const int BlockBytes = 64 << 10;

    private const int Workers = 6;
    private const int LongestRun = (4 << 20) / BlockBytes;

    private readonly object _gate = new();
    private readonly BlockTable _table;
    private readonly BlockFile _file;
    private readonly CancellationToken _cancellation;
    private bool _disposed;

    /// <param name="sizes">Sizes of the files in bytes.</param>
    /// <param name="bound">Most bytes that the cache may take; it takes no more than the files.</param>
    /// <param name="cancellation">Ends waiting reads.</param>
    /// <exception cref="RunException">There is no room for the cache.</exception>
    public BlockCache(IEnumerable<long> sizes, long bound, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        Bytes = BytesFor(sizes, bound);
        var capacity = (int)(Bytes / BlockBytes);
        _table = new BlockTable(capacity);
        _file = new BlockFile(capacity, BlockBytes);
        for (var i = 0; i < Workers; i++) new Thread(Work) { IsBackground = true, Name = "data" }.Start();
    }

    /// <summary>What a cache of files of these sizes takes of the disk.</summary>
    public static long BytesFor(IEnumerable<long> sizes, long bound) =>
        BlockBytes * Math.Clamp(bound / BlockBytes, 1, Math.Max(1, sizes.Sum(size => (size + BlockBytes - 1) / BlockBytes)));

    /// <summary>Bytes on the disk.</summary>
    public long Bytes { get; }

    /// <summary>How often a read found a block missing, and had to wait.</summary>
    public long BlockedReads { get; private set; }

    /// <summary>Number of blocks that the lookahead is waiting for.</summary>
    public int Underway
    {
        get
        {
            lock (_gate) return _table.Underway;
        }
    }

    /// <summary>Announces that exactly this stretch will be read.</summary>
    public void Prefetch(IBlockSource source, long offset, long count)
    {
        lock (_gate)
        {
            for (var index = offset / BlockBytes; index * BlockBytes < offset + count; index++) _table.Announce(_table.Find(source, index));
            if (_table.HasAdmitted) Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Fills <paramref name="destination"/>, if need be after a fetch.</summary>
    /// <exception cref="RunException">The fetch failed.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void Read(IBlockSource source, long offset, Span<byte> destination)
    {
        for (var last = (offset + destination.Length - 1) / BlockBytes; destination.Length > 0;)
        {
            var (index, within) = Math.DivRem(offset, BlockBytes);
            var part = destination[..(int)Math.Min(destination.Length, BlockBytes - within)];
            for (var isBlocked = false; !TryRead(source, index, (int)within, part, last, out var fetch, out var isOwn); isBlocked = true)
            {
                if (!isBlocked) BlockedReads++;
                if (isOwn) fetch.RunSynchronously();
                else Task.WaitAny([fetch], _cancellation);
            }

            offset += part.Length;
            destination = destination[part.Length..];
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.PulseAll(_gate);
        }

        // Not waited for: a fetch that is under way, whose result now has nowhere to go.
        _file.Dispose();
    }

    /// <summary>Reads from a block that is there; of another gives the fetch, which is the caller's to run if nobody has begun it.</summary>
    private bool TryRead(IBlockSource source, long index, int within, Span<byte> part, long last, out Task fetch, out bool isOwn)
    {
        lock (_gate)
        {
            var block = _table.Find(source, index);
            isOwn = block.Fetch is null;
            fetch = block.Fetch ?? Begin(block, last);
            if (!fetch.IsCompleted) return false;
            if (fetch.IsFaulted) _table.Dismiss(block);
            fetch.GetAwaiter().GetResult();
            _file.Read(block.Slot, within, part);
            _table.Used(block);
            if (_table.HasAdmitted) Monitor.PulseAll(_gate);
            return true;
        }
    }

    private void Work()
    {
        while (Next() is { } fetch)
        {
            fetch.RunSynchronously();
            // Looked at, because a reader may never come to it.
            _ = fetch.Exception;
        }
    }

    /// <summary>Waits for something to fetch; null when the cache is no longer needed.</summary>
    private Task? Next()
    {
        lock (_gate)
        {
            while (!_disposed)
            {
                if (_table.NextAdmitted() is { } block) return Begin(block, last: -1);
                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    /// <summary>A fetch that whoever called this has to run.</summary>
    private Task Begin(CachedBlock first, long last)
    {
        var run = _table.TakeRun(first, last, LongestRun);
        var fetch = new Task(() => Fetch(run));
        foreach (var block in run) block.Fetch = fetch;
        return fetch;
    }

    private void Fetch(List<CachedBlock> run)
    {
        var (source, offset) = (run[0].Source, run[0].Index * BlockBytes);
        var length = (int)Math.Min((long)run.Count * BlockBytes, source.Size - offset);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            source.Fetch(offset, buffer.AsSpan(0, length));
            foreach (var (i, block) in run.Index()) _file.Write(block.Slot, buffer.AsSpan(0, length)[(i * BlockBytes)..Math.Min(length, (i + 1) * BlockBytes)]);
            lock (_gate) run.ForEach(_table.Arrived);
        }
        catch
        {
            lock (_gate) run.ForEach(_table.Failed);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
