using System.Globalization;

namespace Inheritune.Trainer.Storage;

/// <summary>The file system that a folder is on, or would be on if it were made.</summary>
/// <param name="Id">Equal for folders that share their room.</param>
/// <param name="FreeBytes">Room that this user may still take.</param>
internal sealed record FileSystem(string Id, long FreeBytes)
{
    private const string Mounts = "/proc/self/mountinfo";

    public static FileSystem Of(string folder)
    {
        var path = Path.GetFullPath(folder);
        while (!Directory.Exists(path)) path = Path.GetDirectoryName(path)!;
        return new(Device(Resolved(path)), new DriveInfo(path).AvailableFreeSpace);
    }

    /// <summary>The path without links.</summary>
    private static string Resolved(string path)
    {
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        path = Path.Combine(Resolved(parent), Path.GetFileName(path));
        return new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName is { } target ? Resolved(target) : path;
    }

    /// <summary>The device's numbers, as the kernel lists them beside where it is mounted; else the path itself.</summary>
    private static string Device(string path)
    {
        if (!File.Exists(Mounts)) return path;
        var mounts = from line in File.ReadAllLines(Mounts)
                     let fields = line.Split(' ')
                     let place = Unescaped(fields[4])
                     where place == "/" || path == place || path.StartsWith(place + "/", StringComparison.Ordinal)
                     select (Place: place, Device: fields[2]);
        // Of those on one place, the last one lies above the others.
        return mounts.Reverse().MaxBy(mount => mount.Place.Length).Device ?? path;
    }

    /// <summary>Spaces and the like are written as three octal digits.</summary>
    private static string Unescaped(string text)
    {
        for (var at = text.IndexOf('\\', StringComparison.Ordinal); at >= 0; at = text.IndexOf('\\', at + 1))
            text = string.Create(CultureInfo.InvariantCulture, $"{text[..at]}{(char)Convert.ToInt32(text.Substring(at + 1, 3), 8)}{text[(at + 4)..]}");
        return text;
    }
}
