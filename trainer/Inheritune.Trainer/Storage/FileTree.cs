namespace Inheritune.Trainer.Storage;

/// <summary>All that is below a folder, with what is linked into it.</summary>
/// <param name="root">The folder that keys are relative to.</param>
/// <param name="start">Key of the folder where the search begins, with a slash at its end; empty for the root itself.</param>
internal sealed class FileTree(string root, string start)
{
    /// <summary>Made by fsck in the root of a volume; only root may look inside.</summary>
    private const string LostAndFound = "lost+found";

    /// <summary>Every file and folder, the first one included; nothing when that is not there.</summary>
    public IEnumerable<(string Key, FileStat Stat)> Entries =>
        FileStat.Of(Path.Combine(root, start)) is { IsFolder: true } folder ? Search(start, folder, AboveStart()) : [];

    /// <summary>Identities of the folders that a path, there or not, is in.</summary>
    public static HashSet<string> Above(string path)
    {
        while (FileStat.Of(path) is not { IsFolder: true } && Path.GetDirectoryName(path) is { } parent) path = parent;
        HashSet<string> found = [];
        // By the kernel's "..": the name of a folder above a link says nothing about where the link leads.
        for (; FileStat.Of(path) is { } folder && found.Add(folder.Id); path += "/..") ;
        return found;
    }

    private HashSet<string> AboveStart()
    {
        var names = start.Split('/')[..^1];
        return [.. Enumerable.Range(0, names.Length).Select(count => FileStat.Of(Path.Combine([root, .. names[..count]]))?.Id ?? "")];
    }

    private IEnumerable<(string Key, FileStat Stat)> Search(string key, FileStat folder, HashSet<string> above)
    {
        // Otherwise a link to a folder above would lead round and round.
        if (!above.Add(folder.Id)) yield break;
        yield return (key, folder);
        foreach (var path in Directory.EnumerateFileSystemEntries(Path.Combine(root, key)))
        {
            var name = Path.GetFileName(path);
            if (name == LostAndFound || FileStat.Of(path) is not { } stat) continue;
            if (!stat.IsFolder) yield return (key + name, stat);
            else foreach (var entry in Search($"{key}{name}/", stat, above)) yield return entry;
        }

        above.Remove(folder.Id);
    }
}
