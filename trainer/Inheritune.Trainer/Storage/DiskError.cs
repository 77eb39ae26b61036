namespace Inheritune.Trainer.Storage;

/// <summary>What a file system refuses: the exit code, what it is, and what to do about it.</summary>
internal static class DiskError
{
    /// <summary>What <see cref="Exception.HResult"/> is where .NET has no exception of its own: Linux' numbers.</summary>
    private const int InUse = 11, NoMemory = 12, Exists = 17, IsFolder = 21, SystemFiles = 23, ProcessFiles = 24, Full = 28, ReadOnly = 30, Loop = 40, Quota = 122;

    public static (ExitCode Code, string Cause, string Remedy) Of(string path, Exception e) => e switch
    {
        EndOfStreamException => (ExitCode.InvalidInput, e.Message, ""),
        UnauthorizedAccessException or IOException { HResult: IsFolder } when Directory.Exists(path) =>
            (ExitCode.InvalidInput, "is a folder, where a file is needed", "remove it or give another path"),
        UnauthorizedAccessException or IOException { HResult: ReadOnly } =>
            (ExitCode.StorageDenied, "permission denied, or the file system is read-only", "check the owner and mode of the file or folder"),
        IOException when FileAbove(path) is { } file && e is DirectoryNotFoundException or { HResult: Exists } =>
            (ExitCode.InvalidInput, $"{file} is a file, where a folder is needed", "remove it or give another path"),
        FileNotFoundException or DirectoryNotFoundException => (ExitCode.InvalidInput, "no such file", "check the URI"),
        PathTooLongException => (ExitCode.InvalidInput, "the name is longer than the file system takes", "give a shorter one"),
        IOException { HResult: Loop } => (ExitCode.InvalidInput, "its links lead round in a circle", "mend the link"),
        IOException { HResult: InUse } => (ExitCode.InvalidInput, "is in use by another process", "wait for it or give another path"),
        IOException { HResult: NoMemory } => (ExitCode.OutOfMemory, "there is no memory to read it", "give the process more (ulimit -v)"),
        IOException { HResult: SystemFiles or ProcessFiles } =>
            (ExitCode.StorageUnavailable, "too many files are open", "raise the limit (ulimit -n) and run the same command again"),
        IOException { HResult: Full or Quota } =>
            (ExitCode.StorageUnavailable, e.HResult == Full ? "No space left on device" : "the disk quota is used up", "free space and run the same command again"),
        _ => (ExitCode.StorageUnavailable, e.Message.TrimEnd('.'), "check the disk or file system and run the same command again"),
    };

    /// <summary>What stands where the path needs a folder.</summary>
    private static string? FileAbove(string path)
    {
        for (var above = path; above is not null; above = Path.GetDirectoryName(above))
            if (File.Exists(above)) return above;
        return null;
    }
}
