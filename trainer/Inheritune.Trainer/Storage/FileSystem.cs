namespace Inheritune.Trainer.Storage;

/// <summary>The file system that a folder is on, or would be on if it were made.</summary>
/// <param name="Id">Equal for folders that share their room.</param>
/// <param name="FreeBytes">Room that this user may still take.</param>
internal sealed record FileSystem(string Id, long FreeBytes)
{
    public static FileSystem Of(string folder)
    {
        var path = Path.GetFullPath(folder);
        while (!Directory.Exists(path)) path = Path.GetDirectoryName(path)!;
        return new(FileStat.Of(path)!.Value.Device, new DriveInfo(path).AvailableFreeSpace);
    }
}
