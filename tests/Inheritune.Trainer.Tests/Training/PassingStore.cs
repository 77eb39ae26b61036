using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Training;

/// <summary>A folder whose writes and deletions something happens to.</summary>
internal abstract class PassingStore(FileStore inner) : IObjectStore
{
    public string Location => inner.Location;

    public ObjectInfo? Stat(string key) => inner.Stat(key);

    public IReadOnlyList<ObjectInfo> List(string prefix) => inner.List(prefix);

    public void Read(string key, long offset, Span<byte> destination) => inner.Read(key, offset, destination);

    public Stream OpenRead(string key) => inner.OpenRead(key);

    public virtual void Write(string key, Action<Stream> content) => inner.Write(key, content);

    public ObjectInfo? Replace(string key, ObjectInfo? current, ReadOnlyMemory<byte> content) => inner.Replace(key, current, content);

    public virtual void Delete(string key) => inner.Delete(key);

    public void RemoveUnfinished() => inner.RemoveUnfinished();

    public string? LocalPath(string key) => inner.LocalPath(key);
}
