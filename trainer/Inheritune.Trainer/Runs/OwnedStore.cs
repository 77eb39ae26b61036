using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Runs;

/// <summary>
/// An output that several processes can reach. Before anything that was written becomes visible it is made sure that the run has not
/// passed to another process in the meantime.
/// </summary>
internal sealed class OwnedStore(IObjectStore inner, Action verify) : IObjectStore
{
    public string Location => inner.Location;

    public ObjectInfo? Stat(string key) => inner.Stat(key);

    public IReadOnlyList<ObjectInfo> List(string prefix) => inner.List(prefix);

    public void Read(string key, long offset, Span<byte> destination) => inner.Read(key, offset, destination);

    public Stream OpenRead(string key) => inner.OpenRead(key);

    public void Write(string key, Action<Stream> content) => inner.Write(key, stream =>
    {
        content(stream);
        verify();
    });

    public ObjectInfo? Replace(string key, ObjectInfo? current, ReadOnlyMemory<byte> content) => inner.Replace(key, current, content);

    public void Delete(string key)
    {
        verify();
        inner.Delete(key);
    }

    public void RemoveUnfinished() => inner.RemoveUnfinished();

    public string? LocalPath(string key) => inner.LocalPath(key);
}
