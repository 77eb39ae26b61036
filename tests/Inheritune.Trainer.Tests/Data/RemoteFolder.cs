using System.Collections.Concurrent;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Data;

/// <summary>A folder that looks like an object store: it has no local paths, keeps a list of the reads, and can hold them up or fail them.</summary>
internal sealed class RemoteFolder(FileStore inner) : IObjectStore
{
    public ConcurrentQueue<(long Offset, int Length)> Reads { get; } = [];

    /// <summary>Called with the offset of each read, before it.</summary>
    public Action<long> OnRead { get; set; } = _ => { };

    /// <summary>Called with the key of each object that is written, before it.</summary>
    public Action<string> OnWrite { get; set; } = _ => { };

    public string Location => "remote";

    public ObjectInfo? Stat(string key) => inner.Stat(key);

    public IReadOnlyList<ObjectInfo> List(string prefix) => inner.List(prefix);

    public void Read(string key, long offset, Span<byte> destination)
    {
        Reads.Enqueue((offset, destination.Length));
        OnRead(offset);
        inner.Read(key, offset, destination);
    }

    public Stream OpenRead(string key) => inner.OpenRead(key);

    public void Write(string key, Action<Stream> content)
    {
        OnWrite(key);
        inner.Write(key, content);
    }

    public ObjectInfo? Replace(string key, ObjectInfo? current, ReadOnlyMemory<byte> content) => inner.Replace(key, current, content);

    public void Delete(string key) => inner.Delete(key);

    public void RemoveUnfinished() => inner.RemoveUnfinished();

    public string? LocalPath(string key) => null;
}
