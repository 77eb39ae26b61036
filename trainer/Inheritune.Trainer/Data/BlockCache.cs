using System.Buffers;

namespace Inheritune.Trainer.Data;

/// <summary>
/// A bounded cache on the disk for blocks of files that lie elsewhere. What is announced is fetched by background threads in the
/// order of the announcements and kept until it has been read; of the rest, the block that was not read for longest makes room.
/// Announcements may come from any thread, reads from one at a time.
/// </summary>
internal sealed class BlockCache : IDisposable
{
    public const int BlockBytes = 64 << 10;

    private const int Workers = 6;
    private const int LongestRun = (4 << 20) / BlockBytes;

    private readonly object _gate = new();
    private readonly Dictionary<(IBlockSource Source, long Index), Block> _blocks = [];
    private readonly LinkedList<Block> _idle = new();
    private readonly Queue<Block> _announced = new();
    private readonly Queue<Block> _admitted = new();
    private readonly Stack<int> _free = [];
    private readonly BlockFile _file;
    private readonly CancellationToken _cancellation;
    private readonly int _capacity;
    private readonly int _lookahead;
    private int _slots;
    private int _held;
    private bool _disposed;

    /// <param name="sizes">Sizes of the files in bytes.</param>
    /// <param name="bound">Most bytes that the cache may take; it takes no more than the files.</param>
    /// <param name="cancellation">Ends waiting reads.</param>
    /// <exception cref="RunException">There is no room for the cache.</exception>
    public BlockCache(IEnumerable<long> sizes, long bound, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _capacity = (int)Math.Clamp(bound / BlockBytes, 1, Math.Max(1, sizes.Sum(size => (size + BlockBytes - 1) / BlockBytes)));
        // The other half is free for what is read without having been announced.
        _lookahead = _capacity / 2;
        _file = new BlockFile(_capacity, BlockBytes);
        for (var i = 0; i < Workers; i++) new Thread(Work) { IsBackground = true, Name = "data" }.Start();
    }

    /// <summary>Bytes on the disk.</summary>
    public long Bytes => (long)_capacity * BlockBytes;

    /// <summary>How often a read found a block missing, and had to wait.</summary>
    public long BlockedReads { get; private set; }

    /// <summary>Number of announced blocks that are being fetched or next in turn.</summary>
    public int Underway
    {
        get
        {
            lock (_gate) return _blocks.Values.Count(block => block is { Held: true, Fetch: not { IsCompleted: true } });
        }
    }

    /// <summary>Announces that exactly this stretch will be read.</summary>
    public void Prefetch(IBlockSource source, long offset, long count)
    {
        lock (_gate)
        {
            for (var index = offset / BlockBytes; index * BlockBytes < offset + count; index++)
            {
                var block = Find(source, index);
                if (block.Reads++ == 0 && !block.Held) _announced.Enqueue(block);
            }

            Admit();
        }
    }

    /// <summary>Fills <paramref name="destination"/>, if need be after a fetch.</summary>
    /// <exception cref="RunException">The fetch failed; it is not repeated.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void Read(IBlockSource source, long offset, Span<byte> destination)
    {
        for (var last = (offset + destination.Length - 1) / BlockBytes; destination.Length > 0;)
        {
            var (index, within) = Math.DivRem(offset, BlockBytes);
            var part = destination[..(int)Math.Min(destination.Length, BlockBytes - within)];
            for (var blocked = false; !TryRead(source, index, (int)within, part, last, out var fetch, out var isOwn); blocked = true)
            {
                if (!blocked) BlockedReads++;
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

        // A fetch that is under way ends by itself: its result has nowhere to go.
        _file.Dispose();
    }

    /// <summary>Reads a block that is there; of another gives the fetch, which is the caller's to run if nobody has begun it.</summary>
    private bool TryRead(IBlockSource source, long index, int within, Span<byte> part, long last, out Task fetch, out bool isOwn)
    {
        lock (_gate)
        {
            var block = Find(source, index);
            isOwn = block.Fetch is null;
            fetch = block.Fetch ?? Begin(block, last);
            if (!fetch.IsCompleted) return false;
            if (fetch.IsFaulted) _blocks.Remove((source, index));
            fetch.GetAwaiter().GetResult();
            _file.Read(block.Slot, within, part);
            if (block.Reads > 0 && --block.Reads == 0 && block.Held) (block.Held, _held) = (false, _held - 1);
            if (!block.Held) Rest(block);
            Admit();
            return true;
        }
    }

    private Block Find(IBlockSource source, long index)
    {
        if (!_blocks.TryGetValue((source, index), out var block)) _blocks[(source, index)] = block = new Block(source, index);
        return block;
    }

    /// <summary>Gives announced blocks a slot, as many as are looked ahead.</summary>
    private void Admit()
    {
        while (_held < _lookahead && _announced.TryDequeue(out var block))
        {
            // Read, or announced again and admitted, or failed since then.
            if (block.Reads == 0 || block.Held || block.Fetch is { IsFaulted: true }) continue;
            (block.Held, _held) = (true, _held + 1);
            if (block.Place.List is not null) _idle.Remove(block.Place);
            if (block.Slot >= 0) continue;
            block.Slot = TakeSlot();
            _admitted.Enqueue(block);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>A free slot. There is one: at most half are held, and the one reader fetches at most the other half.</summary>
    private int TakeSlot()
    {
        if (_free.TryPop(out var slot)) return slot;
        if (_slots < _capacity) return _slots++;
        var victim = _idle.First!.Value;
        _idle.RemoveFirst();
        (slot, victim.Slot, victim.Fetch) = (victim.Slot, -1, null);
        if (victim.Reads == 0) _blocks.Remove((victim.Source, victim.Index));
        return slot;
    }

    /// <summary>Begins the fetch of a block, in one go with those behind it that wait for theirs. Whoever calls this runs it.</summary>
    /// <param name="first">A block that nobody fetches.</param>
    /// <param name="last">Up to this index, missing blocks are fetched whether announced or not.</param>
    private Task Begin(Block first, long last)
    {
        List<Block> run = [];
        for (var block = first; block is { Fetch: null } && (block.Slot >= 0 || block.Index <= last);)
        {
            if (block.Slot < 0) block.Slot = TakeSlot();
            run.Add(block);
            if (run.Count == Math.Min(LongestRun, _capacity - _lookahead)) break;
            var next = block.Index + 1;
            block = next <= last ? Find(first.Source, next) : _blocks.GetValueOrDefault((first.Source, next));
        }

        var fetch = new Task(() => Fetch(run));
        foreach (var block in run) block.Fetch = fetch;
        return fetch;
    }

    private void Fetch(List<Block> run)
    {
        var offset = run[0].Index * BlockBytes;
        var length = (int)Math.Min((long)run.Count * BlockBytes, run[0].Source.Size - offset);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            run[0].Source.Fetch(offset, buffer.AsSpan(0, length));
            foreach (var (i, block) in run.Index()) _file.Write(block.Slot, buffer.AsSpan(0, length)[(i * BlockBytes)..Math.Min(length, (i + 1) * BlockBytes)]);
            lock (_gate)
                foreach (var block in run)
                {
                    block.Fetch = Task.CompletedTask;
                    if (!block.Held) Rest(block);
                }
        }
        catch
        {
            // The blocks keep the failed task, for the reader.
            lock (_gate)
                foreach (var block in run)
                {
                    _free.Push(block.Slot);
                    if (block.Held) _held--;
                    (block.Slot, block.Held) = (-1, false);
                }

            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Puts a block behind all others that may make room.</summary>
    private void Rest(Block block)
    {
        if (block.Place.List is not null) _idle.Remove(block.Place);
        _idle.AddLast(block.Place);
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

    /// <summary>Waits for an admitted block that nobody fetches; null when the cache is no longer needed.</summary>
    private Task? Next()
    {
        lock (_gate)
        {
            while (!_disposed)
            {
                if (!_admitted.TryDequeue(out var block)) Monitor.Wait(_gate);
                else if (block is { Slot: >= 0, Fetch: null }) return Begin(block, last: -1);
            }

            return null;
        }
    }

    private sealed class Block(IBlockSource source, long index)
    {
        public IBlockSource Source => source;

        public long Index => index;

        /// <summary>Announced reads that have not come yet.</summary>
        public int Reads { get; set; }

        /// <summary>Counts as looked ahead, and does not make room.</summary>
        public bool Held { get; set; }

        /// <summary>Place in the file, or -1.</summary>
        public int Slot { get; set; } = -1;

        /// <summary>Null until begun; completed when the content is in the slot.</summary>
        public Task? Fetch { get; set; }

        /// <summary>Place among the blocks that may make room, if it is one of them.</summary>
        public LinkedListNode<Block> Place => _place ??= new LinkedListNode<Block>(this);

        private LinkedListNode<Block>? _place;
    }
}
