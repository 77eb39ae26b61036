using System.Buffers;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// Memory that does not move, as <see cref="Memory{T}"/>, so that asynchronous reads can fill it. Valid only as long as
/// the caller keeps it in place.
/// </summary>
internal sealed unsafe class PinnedMemory(byte* start, int length) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => new(start, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
