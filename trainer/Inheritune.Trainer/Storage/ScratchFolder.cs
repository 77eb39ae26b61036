namespace Inheritune.Trainer.Storage;

/// <summary>
/// Local disk space of one process, below the cache folder. It goes with <see cref="Dispose"/>, and that of a process that was
/// killed goes when the next one begins.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    private const string LockFile = ".lock";

    private readonly FileStream _lock;

    private ScratchFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <exception cref="RunException">The cache folder cannot be written.</exception>
    public static ScratchFolder Create()
    {
        var root = System.IO.Path.Combine(CacheFolder.Location, "scratch");
        var path = System.IO.Path.Combine(root, $"{Guid.NewGuid():n}");
        try
        {
            // The lock comes before the name that others see, so that nobody takes the folder for an abandoned one.
            var aside = $"{path}.new";
            Directory.CreateDirectory(aside);
            var held = new FileStream(System.IO.Path.Combine(aside, LockFile), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
            Directory.Move(aside, path);
            foreach (var other in Directory.EnumerateDirectories(root).Where(other => other != path && !other.EndsWith(".new", StringComparison.Ordinal)).ToList()) RemoveAbandoned(other);
            return new ScratchFolder(path, held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CacheFolder.Unusable(root, e);
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        RemoveAbandoned(Path);
    }

    private static void RemoveAbandoned(string path)
    {
        try
        {
            // The kernel frees the lock of a process however it ends.
            using (new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In use, or being removed by another process.
        }
    }
}
