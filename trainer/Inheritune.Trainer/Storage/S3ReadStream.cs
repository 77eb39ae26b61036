namespace Inheritune.Trainer.Storage;

/// <summary>One pass over an object. The pieces of a large one travel side by side; a small one is a single request.</summary>
/// <param name="size">Bytes of the object.</param>
/// <param name="read">Fills memory from an offset on.</param>
internal sealed class S3ReadStream(long size, Func<long, Memory<byte>, CancellationToken, Task> read) : Stream
{
    private readonly IEnumerator<(long Offset, Memory<byte> Bytes)> _pieces =
        ReadAhead.Read(Pieces(size), (piece, stop) => read(piece.Offset, piece.Bytes, stop), CancellationToken.None).GetEnumerator();

    private Memory<byte> _rest;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_rest.Length == 0 && buffer.Length > 0 && _pieces.MoveNext()) _rest = _pieces.Current.Bytes;
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..count].CopyTo(buffer);
        _rest = _rest[count..];
        _position += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _pieces.Dispose();
        base.Dispose(disposing);
    }

    private static IEnumerable<(long Offset, Memory<byte> Bytes)> Pieces(long size)
    {
        var offset = 0L;
        foreach (var buffer in ReadAhead.Buffers((int)Math.Min(size, ReadAhead.BufferBytes)))
        {
            if (offset == size) yield break;
            var piece = buffer[..(int)Math.Min(size - offset, buffer.Length)];
            yield return (offset, piece);
            offset += piece.Length;
        }
    }
}
