namespace Inheritune.Trainer.Data;

/// <summary>A stretch of another sequence.</summary>
internal sealed class TokenRange(ITokenSequence source, long start, long length) : ITokenSequence
{
    public long Length => length;

    public void Read(long position, Span<long> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, length - destination.Length);
        source.Read(start + position, destination);
    }

    public void Prefetch(long position, int count) => source.Prefetch(start + position, count);
}
