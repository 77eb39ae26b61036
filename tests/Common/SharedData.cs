namespace Inheritune.Tests;

/// <summary>The folder with real checkpoints, tokenizers and corpora, which is not part of the repository.</summary>
public static class SharedData
{
    private static readonly string? Root = Find();

    /// <summary>Path of a file or folder of the data; skips the test when it is not there.</summary>
    public static string Path(string relative)
    {
        if (Root is null) Assert.Skip("no data folder: set INHERITUNE_SHARED to the folder that holds data/, or put shared/ beside or above the checkout");
        var path = System.IO.Path.Combine(Root, relative);
        if (!File.Exists(path) && !Directory.Exists(path)) Assert.Skip($"the data folder {Root} has no {relative}");
        return path;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("INHERITUNE_SHARED") is { Length: > 0 } set)
            return Directory.Exists(System.IO.Path.Combine(set, "data")) ? System.IO.Path.Combine(set, "data") : set;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(System.IO.Path.Combine(folder.FullName, "shared", "data")))
                return System.IO.Path.Combine(folder.FullName, "shared", "data");
        return null;
    }
}
