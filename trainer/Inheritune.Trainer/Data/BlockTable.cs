namespace Inheritune.Trainer.Data;

/// <summary>
/// Which block has which slot of the cache, which comes next and which makes room. Announcements are admitted in their order
/// while their blocks fit into half of the slots, where they stay until they have been read as often as they were announced; the
/// other half is for what is read without announcement, or before its turn. Not thread-safe.
/// </summary>
internal sealed class BlockTable(int capacity)
{
    private readonly Dictionary<(IBlockSource Source, long Index), CachedBlock> _blocks = [];
    private readonly LinkedList<CachedBlock> _idle = new();
    private readonly Queue<CachedBlock> _announced = new();
    private readonly Queue<CachedBlock> _admitted = new();
    private readonly Stack<int> _free = [];
    private readonly int _lookahead = capacity / 2;
    private int _slots;
    private int _held;

    /// <summary>Number of admitted blocks that have not arrived.</summary>
    public int Underway => _blocks.Values.Count(block => block is { Due: > 0, Fetch: not { IsCompleted: true } });

    /// <summary>Whether <see cref="NextAdmitted"/> has something to say.</summary>
    public bool HasAdmitted => _admitted.Count > 0;

    /// <summary>The block, whether it is there or not.</summary>
    public CachedBlock Find(IBlockSource source, long index)
    {
        if (!_blocks.TryGetValue((source, index), out var block)) _blocks[(source, index)] = block = new CachedBlock(source, index);
        return block;
    }

    /// <summary>A read of this block will come.</summary>
    public void Announce(CachedBlock block)
    {
        block.Queued++;
        _announced.Enqueue(block);
        Admit();
    }

    /// <summary>The next admitted block whose fetch nobody has begun, or null.</summary>
    public CachedBlock? NextAdmitted()
    {
        while (_admitted.TryDequeue(out var block))
            if (block is { Slot: >= 0, Fetch: null }) return block;
        return null;
    }

    /// <summary>Blocks to fetch in one go, with slots: one that nobody fetches and those behind it that wait as well.</summary>
    /// <param name="first">The first.</param>
    /// <param name="last">Up to this index, missing blocks are taken whether announced or not.</param>
    /// <param name="longest">Most blocks.</param>
    public List<CachedBlock> TakeRun(CachedBlock first, long last, int longest)
    {
        List<CachedBlock> run = [];
        for (var block = first; block is { Fetch: null } && (block.Slot >= 0 || block.Index <= last);)
        {
            if (block.Slot < 0) block.Slot = TakeSlot();
            run.Add(block);
            if (run.Count == Math.Min(longest, capacity - _lookahead)) break;
            var next = block.Index + 1;
            block = next <= last ? Find(first.Source, next) : _blocks.GetValueOrDefault((first.Source, next));
        }

        return run;
    }

    /// <summary>The content is in the slot.</summary>
    public void Arrived(CachedBlock block)
    {
        // Not the task itself, which knows its whole run.
        block.Fetch = Task.CompletedTask;
        if (block.Due == 0) Rest(block);
    }

    /// <summary>The content will not come; the block keeps the failed task for the reader.</summary>
    public void Failed(CachedBlock block)
    {
        _free.Push(block.Slot);
        if (block.Due > 0) _held--;
        (block.Slot, block.Due) = (-1, 0);
    }

    /// <summary>The reader knows of the failure.</summary>
    public void Dismiss(CachedBlock block)
    {
        block.Fetch = null;
        Forget(block);
    }

    /// <summary>The block was read, which settles its earliest announcement.</summary>
    public void Used(CachedBlock block)
    {
        if (block.Due > 0)
        {
            if (--block.Due == 0) _held--;
        }
        else if (block.Passed < block.Queued)
        {
            block.Passed++;
        }

        if (block.Due == 0) Rest(block);
        Admit();
    }

    private void Admit()
    {
        while (_announced.TryPeek(out var block) && (block.Due > 0 || block.Passed > 0 || _held < _lookahead))
        {
            _announced.Dequeue();
            block.Queued--;
            if (block.Passed > 0) block.Passed--;
            else if (block.Fetch is not { IsFaulted: true } && block.Due++ == 0) Hold(block);
            Forget(block);
        }
    }

    private void Hold(CachedBlock block)
    {
        _held++;
        if (block.Place.List is not null) _idle.Remove(block.Place);
        if (block.Slot >= 0) return;
        block.Slot = TakeSlot();
        _admitted.Enqueue(block);
    }

    /// <summary>Puts a block behind all others that may make room.</summary>
    private void Rest(CachedBlock block)
    {
        if (block.Place.List is not null) _idle.Remove(block.Place);
        _idle.AddLast(block.Place);
    }

    /// <summary>A slot. There is one: at most half are held, and the one reader waits for at most the other half.</summary>
    private int TakeSlot()
    {
        if (_free.TryPop(out var slot)) return slot;
        if (_slots < capacity) return _slots++;
        var victim = _idle.First!.Value;
        _idle.RemoveFirst();
        (slot, victim.Slot, victim.Fetch) = (victim.Slot, -1, null);
        Forget(victim);
        return slot;
    }

    private void Forget(CachedBlock block)
    {
        if (block is { Slot: < 0, Queued: 0, Fetch: null }) _blocks.Remove((block.Source, block.Index));
    }
}
