namespace Inheritune.Tests;

/// <summary>More of what <see cref="TestData"/> has, in a folder beside or above the checkout: what may not ship with it. Tests add it to what they take anyway.</summary>
internal static class SharedData
{
    private static readonly string? Root = FindRoot();

    /// <summary>Path of a file or folder of the data; null where it is not there.</summary>
    public static string? Find(string name) =>
        Root is not null && Path.Combine(Root, name) is var path && Path.Exists(path) ? path : null;

    private static string? FindRoot()
    {
        if (Environment.GetEnvironmentVariable("INHERITUNE_SHARED") is { Length: > 0 } set)
            return Directory.Exists(Path.Combine(set, "data")) ? Path.Combine(set, "data") : set;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "shared", "data")))
                return Path.Combine(folder.FullName, "shared", "data");
        return null;
    }
}
