using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Training;

/// <summary>A folder whose process dies: after so many bytes, or so many deletions, nothing reaches it any more.</summary>
internal sealed class CrashingStore(FileStore inner, long operations) : IObjectStore
{
    private long _left = operations;

    public string Location => inner.Location;

    public ObjectInfo? Stat(string key) => inner.Stat(key);

    public IReadOnlyList<ObjectInfo> List(string prefix) => inner.List(prefix);

    public void Read(string key, long offset, Span<byte> destination) => inner.Read(key, offset, destination);

    public Stream OpenRead(string key) => inner.OpenRead(key);

    public void Write(string key, Action<Stream> content)
    {
        using var buffer = new MemoryStream();
        content(buffer);
        for (var i = 0L; i < buffer.Length; i += 997) Spend(() => File.WriteAllBytes(inner.LocalPath(key) + ".partial", buffer.ToArray()[..(int)i]), key);
        inner.Write(key, stream => stream.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
        Spend(() => { }, key);
    }

    public ObjectInfo? Replace(string key, ObjectInfo? current, ReadOnlyMemory<byte> content) => inner.Replace(key, current, content);

    public void Delete(string key)
    {
        Spend(() => { }, key);
        inner.Delete(key);
    }

    public void RemoveUnfinished() => inner.RemoveUnfinished();

    public string? LocalPath(string key) => inner.LocalPath(key);

    private void Spend(Action asItDies, string key)
    {
        if (_left-- > 0) return;
        Directory.CreateDirectory(Path.GetDirectoryName(inner.LocalPath(key))!);
        asItDies();
        throw new CrashException();
    }

    internal sealed class CrashException : Exception;
}
