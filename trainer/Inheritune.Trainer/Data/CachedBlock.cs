namespace Inheritune.Trainer.Data;

/// <summary>A block that is in the cache, or has been announced.</summary>
internal sealed class CachedBlock(IBlockSource source, long index)
{
    private LinkedListNode<CachedBlock>? _place;

    public IBlockSource Source => source;

    /// <summary>Which block of the source.</summary>
    public long Index => index;

    /// <summary>Place in the cache's file, or -1.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>Null until begun; successful when the content is in the slot.</summary>
    public Task? Fetch { get; set; }

    /// <summary>Announcements that wait to be admitted.</summary>
    public int Queued { get; set; }

    /// <summary>How many of those have been read meanwhile, the earliest first.</summary>
    public int Passed { get; set; }

    /// <summary>Announcements that are admitted and not yet read; above zero the block does not make room.</summary>
    public int Due { get; set; }

    /// <summary>Place among the blocks that may make room, if it is one of them.</summary>
    public LinkedListNode<CachedBlock> Place => _place ??= new LinkedListNode<CachedBlock>(this);
}
