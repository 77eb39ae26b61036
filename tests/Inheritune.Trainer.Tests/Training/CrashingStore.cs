using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Training;

/// <summary>A folder whose process dies: after so many bytes, or so many deletions, nothing reaches it any more.</summary>
internal sealed class CrashingStore(FileStore inner, long operations) : PassingStore(inner)
{
    private long _left = operations;

    public override void Write(string key, Action<Stream> content)
    {
        using var buffer = new MemoryStream();
        content(buffer);
        for (var i = 0L; i < buffer.Length; i += 997) Spend(() => File.WriteAllBytes(LocalPath(key)! + ".partial", buffer.ToArray()[..(int)i]), key);
        base.Write(key, stream => stream.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
        Spend(() => { }, key);
    }

    public override void Delete(string key)
    {
        Spend(() => { }, key);
        base.Delete(key);
    }

    private void Spend(Action asItDies, string key)
    {
        if (_left-- > 0) return;
        Directory.CreateDirectory(Path.GetDirectoryName(LocalPath(key)!)!);
        asItDies();
        throw new CrashException();
    }

    internal sealed class CrashException : Exception;
}
