using System.Security.Cryptography;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// An object on its way up. What is written leaves in parts, several at once, each checked by the server against its SHA-256, so
/// memory stays bounded whatever the size. Small objects go in one request. Nothing can be seen before <see cref="Complete"/>;
/// without it nothing is left.
/// </summary>
internal sealed class S3WriteStream(S3Client client, S3Location location, string key) : Stream
{
    /// <summary>Parts have at least 5 MiB, and there are at most 10,000 of them.</summary>
    private const int PartBytes = 8 << 20;
    private const int LargestPartBytes = 64 << 20;
    private const int PartsOfOneSize = 1000;
    private const int PartsAtOnce = 4;

    private readonly string _name = $"{location}/{key}";
    private readonly string _key = location.Key(key);
    private readonly Queue<(Task<string> Sent, byte[] Buffer)> _pending = new();
    private readonly List<string> _etags = [];
    private readonly CancellationTokenSource _abandon = new();
    private byte[] _buffer = [];
    private int _used;
    private string? _upload;
    private bool _complete;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Position;

    public override long Position { get; set; }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            if (_used == _buffer.Length) Grow();
            var count = Math.Min(buffer.Length, _buffer.Length - _used);
            buffer[..count].CopyTo(_buffer.AsSpan(_used));
            buffer = buffer[count..];
            _used += count;
            Position += count;
        }
    }

    /// <summary>Sends the rest and makes the object visible.</summary>
    public ObjectInfo Complete()
    {
        var etag = _upload is null
            ? Run(stop => client.PutAsync(location.Bucket, _key, _buffer.AsMemory(0, _used), condition: null, stop))
            : CompleteParts(_upload);
        _complete = true;
        return new ObjectInfo(key, Position, etag);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && _upload is { } upload && !_complete) Abandon(upload);
        if (disposing) _abandon.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Makes room: doubles a buffer that is not a part yet, sends one that is.</summary>
    private void Grow()
    {
        if (_buffer.Length < PartBytes)
        {
            Array.Resize(ref _buffer, Math.Max(64 << 10, _buffer.Length * 2));
            return;
        }

        Send();
        var size = (int)Math.Min(LargestPartBytes, PartBytes * (1L << Math.Min(3, (_etags.Count + _pending.Count) / PartsOfOneSize)));
        var free = _pending.Count == PartsAtOnce ? Await() : [];
        _buffer = free.Length == size ? free : GC.AllocateUninitializedArray<byte>(size);
    }

    private void Send()
    {
        var upload = _upload ??= Run(stop => client.BeginPartsAsync(location.Bucket, _key, stop));
        var (number, content) = (_etags.Count + _pending.Count + 1, _buffer.AsMemory(0, _used));
        _pending.Enqueue((Task.Run(async () =>
        {
            var etag = await client.Retry.RunAsync(_name, stop => client.PutPartAsync(location.Bucket, _key, upload, number, content, stop), cancellation: _abandon.Token).ConfigureAwait(false);
            client.Retry.Moved(content.Length);
            return etag;
        }), _buffer));
        _used = 0;
    }

    /// <summary>Waits for the part that was sent first and returns its buffer.</summary>
    private byte[] Await()
    {
        var (sent, buffer) = _pending.Dequeue();
        _etags.Add(sent.GetAwaiter().GetResult());
        return buffer;
    }

    private string CompleteParts(string upload)
    {
        if (_used > 0) Send();
        while (_pending.Count > 0) Await();
        return Run(async stop =>
        {
            try
            {
                await client.CompletePartsAsync(location.Bucket, _key, upload, _etags, stop).ConfigureAwait(false);
            }
            catch (S3Exception e) when (e.Cause == S3Cause.NoObject)
            {
                // The upload is over. An answer that was lost looks like this as well; what is stored tells the two apart.
            }

            var stored = await client.StatAsync(location.Bucket, _key, stop).ConfigureAwait(false);
            return stored is { } found && found.Size == Position && (ExpectedETag() ?? found.ETag) == found.ETag
                ? found.ETag
                : throw new S3Exception(S3Cause.Passing, FormattableString.Invariant($"the store confirmed an upload of {Position} bytes and now has {(stored is { } other ? $"{other.Size} bytes, ETag {other.ETag}" : "no such object")}; another process may write there"));
        });
    }

    /// <summary>The MD5 of the parts' MD5s, where the server's ETags are that; null where they are something else.</summary>
    private string? ExpectedETag()
    {
        if (!_etags.TrueForAll(etag => etag.Length == 32 && etag.All(char.IsAsciiHexDigit))) return null;
#pragma warning disable CA5351 // The protocol's ETags are made of MD5.
        return FormattableString.Invariant($"{Convert.ToHexStringLower(MD5.HashData(Convert.FromHexString(string.Concat(_etags))))}-{_etags.Count}");
#pragma warning restore CA5351
    }

    /// <summary>The failure that led here is the one to report, so another one is passed over.</summary>
    private void Abandon(string upload)
    {
        _abandon.Cancel();
        try
        {
            // A part that arrives after the end would be left behind.
            Task.WhenAll(_pending.Select(part => part.Sent)).ContinueWith(_ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
            client.AbortPartsAsync(location.Bucket, _key, upload, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception e) when (S3Errors.Read(e) is not null)
        {
        }
    }

    private T Run<T>(Func<CancellationToken, Task<T>> attempt) => client.Retry.RunAsync(_name, attempt).GetAwaiter().GetResult();
}
