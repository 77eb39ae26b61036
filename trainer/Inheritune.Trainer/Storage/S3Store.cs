using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// A prefix in a bucket. What is read of an object belongs to the version that this store last saw in <see cref="Stat"/>,
/// <see cref="List"/> or the first read; if the object changes afterwards, reading it is an error.
/// </summary>
internal sealed class S3Store(S3Client client, S3Location location) : IObjectStore
{
    /// <summary>Larger objects are uploaded in parts.</summary>
    private const long SinglePutBytes = 64 << 20;

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

    /// <summary>The content goes to a temporary file first: an upload declares its length and its digest, and may have to begin again.</summary>
    public void Write(string key, Action<Stream> content)
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var file = new FileStream(path, FileMode.Create, FileAccess.Write)) content(file);
            _seen[key] = Run(key, stop => UploadAsync(key, path, stop));
        }
        catch (IOException e)
        {
            throw FileStore.Translate(path, e);
        }
        finally
        {
            File.Delete(path);
        }
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
        foreach (var key in await client.ListUnfinishedAsync(location.Bucket, location.Key(""), stop).ConfigureAwait(false))
            await client.AbortAsync(location.Bucket, key, stop).ConfigureAwait(false);
        return true;
    });

    private async Task<ObjectInfo> UploadAsync(string key, string path, CancellationToken stop)
    {
        var size = new FileInfo(path).Length;
        var sent = size <= SinglePutBytes
            ? await client.PutAsync(location.Bucket, location.Key(key), path, await Md5Async(path, stop).ConfigureAwait(false), stop).ConfigureAwait(false)
            : null;
        if (sent is null) await client.PutPartsAsync(location.Bucket, location.Key(key), path, stop).ConfigureAwait(false);

        // A success is believed when the object can be seen. After an upload in parts only its size says something.
        var stored = await client.StatAsync(location.Bucket, location.Key(key), stop).ConfigureAwait(false);
        if (stored is not { } found || found.Size != size || (sent is not null && sent != found.ETag))
            throw new S3Exception(S3Cause.Passing, FormattableString.Invariant($"the store confirmed an upload of {size} bytes and now has {(stored is { } other ? $"{other.Size} bytes, ETag {other.ETag}" : "no such object")}; another process may write there"));
        return new ObjectInfo(key, size, found.ETag);
    }

    /// <summary>Not for security: the protocol's checksum against damage on the way.</summary>
    private static async Task<byte[]> Md5Async(string path, CancellationToken stop)
    {
        var file = File.OpenRead(path);
        await using (file.ConfigureAwait(false))
        {
#pragma warning disable CA5351 // Content-MD5 is MD5.
            return await MD5.HashDataAsync(file, stop).ConfigureAwait(false);
#pragma warning restore CA5351
        }
    }

    /// <summary>One request, unless the connection breaks: then the next one goes on at the byte where it broke.</summary>
    private Task ReadVersionAsync(ObjectInfo info, long offset, IReadOnlyList<Memory<byte>> destinations, CancellationToken cancellation)
    {
        var (begin, end) = (offset, offset + destinations.Sum(d => (long)d.Length));
        var (current, filled) = (0, 0);
        return offset == end ? Task.CompletedTask : client.Retry.RunAsync(Name(info.Key), async stop =>
        {
            using var body = await client.OpenAsync(location.Bucket, location.Key(info.Key), info.Version, offset, end - 1, stop).ConfigureAwait(false);
            while (offset < end)
            {
                while (filled == destinations[current].Length) (current, filled) = (current + 1, 0);
                var read = await body.ReadAsync(destinations[current][filled..], stop).ConfigureAwait(false);
                (offset, filled) = (offset + read, filled + read);
            }

            return true;
        }, () => offset - begin, cancellation);
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
