namespace Inheritune.EndToEnd.Tests;

/// <summary>Real checkpoints and corpora that are not part of the repository: <c>shared/data</c> beside or above the
/// checkout, or the folder that the environment variable INHERITUNE_SHARED names.</summary>
public static class SharedData
{
    /// <summary>Full path of a file or folder below <c>shared/data</c>; skips the calling test where it is absent.</summary>
    public static string Path(string relative)
    {
        var path = Roots().Select(root => System.IO.Path.Combine(root, "data", relative)).FirstOrDefault(System.IO.Path.Exists);
        Assert.SkipWhen(path is null, $"shared/data/{relative} is neither above the checkout nor in INHERITUNE_SHARED");
        return path!;
    }

    private static IEnumerable<string> Roots()
    {
        if (Environment.GetEnvironmentVariable("INHERITUNE_SHARED") is { Length: > 0 } given)
            yield return given;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
            yield return System.IO.Path.Combine(folder.FullName, "shared");
    }
}
