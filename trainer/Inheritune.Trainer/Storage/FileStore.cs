using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Inheritune.Trainer.Storage;

/// <summary>A local folder. Writes go to a temporary name, are flushed to the disk and renamed.</summary>
public sealed class FileStore(string root) : IObjectStore
{
    private const string TemporarySuffix = ".partial";

    public string Location { get; } = Path.GetFullPath(root);

    public string LocalPath(string key) => Path.Combine(Location, key);

    public ObjectInfo? Stat(string key) => Guard(key, () => FileStat.Of(LocalPath(key)) is { IsFile: true } file ? Describe(key, file) : null);

    /// <summary>Folders that are links are searched as well, except for those that lead back to a folder above.</summary>
    public IReadOnlyList<ObjectInfo> List(string prefix) => Guard(prefix, () =>
    {
        // Only the folder part of the prefix can be handed to the file system.
        var found = new FileTree(Location, prefix[..(prefix.LastIndexOf('/') + 1)]).Entries
            .Where(entry => entry.Stat.IsFile && entry.Key.StartsWith(prefix, StringComparison.Ordinal) && !entry.Key.EndsWith(TemporarySuffix, StringComparison.Ordinal))
            .Select(entry => Describe(entry.Key, entry.Stat));
        return (IReadOnlyList<ObjectInfo>)[.. found.OrderBy(info => info.Key, StringComparer.Ordinal)];
    });

    /// <summary>Whether a path, there or not, lies in this folder or in one that is linked into it.</summary>
    public bool Contains(string path) => Guard("", () =>
    {
        var above = FileTree.Above(path);
        return new FileTree(Location, "").Entries.Any(entry => entry.Stat.IsFolder && above.Contains(entry.Stat.Id));
    });

    public void Read(string key, long offset, Span<byte> destination)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(LocalPath(key), options: FileOptions.SequentialScan);
            while (destination.Length > 0)
            {
                var read = RandomAccess.Read(handle, destination, offset);
                if (read == 0) throw new EndOfStreamException("the file ends early; it may be truncated");
                destination = destination[read..];
                offset += read;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Translate(LocalPath(key), e);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    public Stream OpenRead(string key) =>
        Guard(key, () => new FileStream(LocalPath(key), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan));

    public void Write(string key, Action<Stream> content) => Guard(key, () =>
    {
        var path = LocalPath(key);
        var aside = path + TemporarySuffix;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            using (var stream = new FileStream(aside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                content(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(aside, path, overwrite: true);
            SyncFolder(Path.GetDirectoryName(path)!);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }

        return true;
    });

    /// <summary>Between processes this is no better than a look before the write; the lock of the folder's owner makes up for that.</summary>
    public ObjectInfo? Replace(string key, ObjectInfo? current, ReadOnlyMemory<byte> content)
    {
        if (Stat(key) != current) return null;
        Write(key, stream => stream.Write(content.Span));
        return Stat(key);
    }

    public void Delete(string key) => Guard(key, () =>
    {
        if (File.Exists(LocalPath(key))) File.Delete(LocalPath(key));
        var folder = Path.GetDirectoryName(LocalPath(key))!;
        if (Directory.Exists(folder) && folder != Location && !Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
        return true;
    });

    public void RemoveUnfinished() => Guard("", () =>
    {
        if (!Directory.Exists(Location)) return false;
        // What is linked into the folder is not the owner's.
        var own = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var file in Directory.EnumerateFiles(Location, "*" + TemporarySuffix, own).ToList()) File.Delete(file);
        return true;
    });

    // The time of the last change would be surer, but a copy by hard links changes that, and a run's marker must survive a backup.
    private static ObjectInfo Describe(string key, FileStat file) => new(key, file.Size, $"{file.Id}-{file.Modified:x}");

    private T Guard<T>(string key, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Translate(LocalPath(key), e);
        }
    }

    /// <summary>The message and the exit code for what a file system refuses.</summary>
    internal static RunException Translate(string path, Exception e)
    {
        var (code, cause, remedy) = DiskError.Of(path, e);
        return new RunException(code, $"{path}: {cause}{(remedy.Length > 0 ? "; " : "")}{remedy}", e);
    }

    /// <summary>Makes a rename durable: on Linux the folder's own entry has to reach the disk as well.</summary>
    private static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        var descriptor = Open(folder, 0);
        if (descriptor < 0) return;
        _ = Fsync(descriptor);
        _ = Close(descriptor);
    }

    [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);
}
