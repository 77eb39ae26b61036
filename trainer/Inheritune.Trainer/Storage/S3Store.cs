using System.Collections.Concurrent;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// A prefix in a bucket. What is read of an object belongs to the version that this store last saw in <see cref="Stat"/>,
/// <see cref="List"/> or the first read; if the object changes afterwards, reading it is an error.
/// </summary>
internal sealed class S3Store(S3Client client, S3Location location) : IObjectStore
{
    private readonly ConcurrentDictionary<string, ObjectInfo> _seen = new(StringComparer.Ordinal);

    public string Location { get; } = location.ToString();

    public string? LocalPath(string key) => null;

    public ObjectInfo? Stat(string key)
    {
        var found = Run(key, stop => client.StatAsync(location.Bucket, location.Key(key), stop));
        if (found is { } stat) return _seen[key] = new ObjectInfo(key, stat.Size, stat.ETag);
        _seen.TryRemove(key, out _);
        return null;
    }

    public IReadOnlyList<ObjectInfo> List(string prefix)
    {
        var from = location.Key(prefix);
        var items = Run(prefix, stop => client.ListAsync(location.Bucket, from, stop));
        var start = location.Key("").Length;
        // Some tools mark a folder with an empty object whose name ends with a slash.
        var found = items.Where(item => !item.IsDir && !item.Key.EndsWith('/'))
            .Select(item => new ObjectInfo(item.Key[start..], (long)item.Size, item.ETag.Trim('"')))
            .OrderBy(info => info.Key, StringComparer.Ordinal).ToList();
        foreach (var info in found) _seen[info.Key] = info;
        return found;
    }

    public unsafe void Read(string key, long offset, Span<byte> destination)
    {
        var length = destination.Length;
        var info = Known(key, offset, length);
        fixed (byte* start = destination)
        {
            var memory = new PinnedMemory(start, length).Memory;
            var pieces = Enumerable.Range(0, (length - 1) / ReadAhead.PieceBytes + 1).Select(i => i * ReadAhead.PieceBytes);
            foreach (var _ in ReadAhead.Read(pieces, (piece, stop) => ReadVersionAsync(info, offset + piece, [memory[piece..Math.Min(piece + ReadAhead.PieceBytes, length)]], stop), CancellationToken.None))
            {
                // It is in its place already.
            }
        }
    }

    public async Task ReadAsync(string key, long offset, IReadOnlyList<Memory<byte>> destinations, CancellationToken cancellation) =>
        await ReadVersionAsync(Known(key, offset, destinations.Sum(d => (long)d.Length)), offset, destinations, cancellation).ConfigureAwait(false);

    public Stream OpenRead(string key)
    {
        // Later calls may see another version; the stream stays with this one.
        var info = Known(key);
        return new S3ReadStream(info.Size, (offset, bytes, stop) => ReadVersionAsync(info, offset, [bytes], stop));
    }

    public void Write(string key, Action<Stream> content)
    {
        using var stream = new S3WriteStream(client, location, key);
        content(stream);
        _seen[key] = stream.Complete();
    }

    public ObjectInfo? Replace(string key, ObjectInfo? current, ReadOnlyMemory<byte> content)
    {
        var etag = Run(key, async stop =>
        {
            try
            {
                return await client.PutAsync(location.Bucket, location.Key(key), content, current?.Version ?? "", stop).ConfigureAwait(false);
            }
            catch (S3Exception e) when (e.Cause is S3Cause.Changed or S3Cause.NoObject)
            {
                return null;
            }
        });
        if (etag is not null) return _seen[key] = new ObjectInfo(key, content.Length, etag);

        // Either another writer was faster, or this one's answer was lost and its second try met its first.
        if (Stat(key) is not { } stored || stored.Size != content.Length) return null;
        var found = new byte[stored.Size];
        Read(key, 0, found);
        return found.AsSpan().SequenceEqual(content.Span) ? stored : null;
    }

    public void Delete(string key)
    {
        _seen.TryRemove(key, out _);
        Run(key, async stop =>
        {
            await client.DeleteAsync(location.Bucket, location.Key(key), stop).ConfigureAwait(false);
            return true;
        });
    }

    public void RemoveUnfinished() => Run("", async stop =>
    {
        foreach (var upload in await client.ListUnfinishedAsync(location.Bucket, location.Key(""), stop).ConfigureAwait(false))
            await client.AbortPartsAsync(location.Bucket, upload.Key, upload.UploadId, stop).ConfigureAwait(false);
        return true;
    });

    /// <summary>One request, unless the connection breaks: then the next one goes on at the byte where it broke.</summary>
    private Task ReadVersionAsync(ObjectInfo info, long offset, IReadOnlyList<Memory<byte>> destinations, CancellationToken cancellation)
    {
        var (begin, end) = (offset, offset + destinations.Sum(d => (long)d.Length));
        var (current, filled) = (0, 0);
        // On another thread from the beginning: what the network has ready would be read on the caller's, one piece after the other.
        return offset == end ? Task.CompletedTask : Task.Run(() => client.Retry.RunAsync(Name(info.Key), async stop =>
        {
            using var body = await client.OpenAsync(location.Bucket, location.Key(info.Key), info.Version, offset, end - 1, stop).ConfigureAwait(false);
            while (offset < end)
            {
                while (filled == destinations[current].Length) (current, filled) = (current + 1, 0);
                var read = await body.ReadAsync(destinations[current][filled..], stop).ConfigureAwait(false);
                (offset, filled) = (offset + read, filled + read);
            }

            client.Retry.Moved(end - begin);
            return true;
        }, () => offset - begin, cancellation), cancellation);
    }

    private ObjectInfo Known(string key, long offset, long length)
    {
        var info = Known(key);
        return info.Size - offset >= length ? info : throw new RunException(ExitCode.InvalidInput, $"{Name(key)}: the object ends early; it may be truncated");
    }

    private ObjectInfo Known(string key) =>
        _seen.GetValueOrDefault(key) ?? Stat(key) ?? throw new RunException(ExitCode.InvalidInput, $"{Name(key)}: no such object; check the URI");

    private T Run<T>(string key, Func<CancellationToken, Task<T>> attempt) => client.Retry.RunAsync(Name(key), attempt).GetAwaiter().GetResult();

    private string Name(string key) => key.Length == 0 ? Location : $"{Location}/{key}";
}
