using System.Collections.Concurrent;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// A prefix in a bucket. What is read of an object belongs to the version that this store last saw in <see cref="Stat"/>,
/// <see cref="List"/> or the first read; if the object changes afterwards, reading it is an error.
/// </summary>
internal sealed class S3Store(S3Client client, S3Location location) : IObjectStore
{
    /// <summary>Ranges of this size travel side by side.</summary>
    private const int PieceBytes = 8 << 20;
    private const int PiecesAtOnce = 6;

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
        if (destination.Length == 0) return;
        var info = Known(key);
        if (info.Size - offset < destination.Length)
            throw new RunException(ExitCode.InvalidInput, $"{Name(key)}: the object ends early; it may be truncated");
        fixed (byte* start = destination)
        {
            var pinned = new PinnedMemory(start, destination.Length);
            ReadPiecesAsync(info, offset, pinned.Memory).GetAwaiter().GetResult();
        }
    }

    public Stream OpenRead(string key) => new S3ReadStream(client, location, Known(key));

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

    private Task ReadPiecesAsync(ObjectInfo info, long offset, Memory<byte> destination)
    {
        if (destination.Length <= PieceBytes) return ReadPieceAsync(info, offset, destination, CancellationToken.None);
        var starts = Enumerable.Range(0, (destination.Length + PieceBytes - 1) / PieceBytes).Select(i => i * PieceBytes);
        return Parallel.ForEachAsync(starts, new ParallelOptions { MaxDegreeOfParallelism = PiecesAtOnce }, async (start, cancellation) =>
            await ReadPieceAsync(info, offset + start, destination.Slice(start, Math.Min(PieceBytes, destination.Length - start)), cancellation).ConfigureAwait(false));
    }

    private Task ReadPieceAsync(ObjectInfo info, long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        var done = 0;
        return client.Retry.RunAsync(Name(info.Key), async stop =>
        {
            using var body = await client.OpenAsync(location.Bucket, location.Key(info.Key), info.Version, offset + done, offset + destination.Length - 1, stop).ConfigureAwait(false);
            while (done < destination.Length) done += await body.ReadAsync(destination[done..], stop).ConfigureAwait(false);
            return done;
        }, () => done, cancellation);
    }

    private ObjectInfo Known(string key) =>
        _seen.GetValueOrDefault(key) ?? Stat(key) ?? throw new RunException(ExitCode.InvalidInput, $"{Name(key)}: no such object; check the URI");

    private T Run<T>(string key, Func<CancellationToken, Task<T>> attempt) => client.Retry.RunAsync(Name(key), attempt).GetAwaiter().GetResult();

    private string Name(string key) => key.Length == 0 ? Location : $"{Location}/{key}";
}
