namespace Inheritune.Trainer.Storage;

/// <summary>One pass over one version of an object. A broken connection is opened again at the byte where it broke.</summary>
internal sealed class S3ReadStream(S3Client client, S3Location location, ObjectInfo info) : Stream
{
    private readonly string _key = location.Key(info.Key);
    private S3Body? _body;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => info.Size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == info.Size || buffer.Length == 0) return 0;
        var read = await client.Retry.RunAsync($"{location}/{info.Key}", stop => ReadOnceAsync(buffer, stop), () => _position, cancellationToken).ConfigureAwait(false);
        _position += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _body?.Dispose();
        base.Dispose(disposing);
    }

    private async Task<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var body = _body ?? await client.OpenAsync(location.Bucket, _key, info.Version, _position, info.Size - 1, cancellation).ConfigureAwait(false);
        // Empty until the read has succeeded: a failed body is not to be used again.
        _body = null;
        try
        {
            var read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            (_body, body) = (body, null);
            return read;
        }
        finally
        {
            body?.Dispose();
        }
    }
}
