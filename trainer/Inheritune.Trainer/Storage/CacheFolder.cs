using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// Where this program keeps what it can make again: <c>$INHERITUNE_CACHE</c>, else <c>$XDG_CACHE_HOME/inheritune</c>, else
/// <c>~/.cache/inheritune</c>, else, for a user without a home, a temporary folder. It may be deleted at any time between runs.
/// </summary>
internal static class CacheFolder
{
    private const string Variable = "INHERITUNE_CACHE";

    public static string Location => Path.GetFullPath(Chosen ?? Path.Combine(Path.GetTempPath(), "inheritune-cache"));

    /// <summary>What the environment says; a relative path in other variables than our own would be another folder for each command.</summary>
    private static string? Chosen =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } own ? own
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } cache && Path.IsPathRooted(cache) ? Path.Combine(cache, "inheritune")
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { } home && Path.IsPathRooted(home) ? Path.Combine(home, ".cache", "inheritune")
        : null;

    /// <summary>Says where the cache is when nobody has said where it should be.</summary>
    public static void Announce(IRunStatus status)
    {
        if (Chosen is null) status.Warn($"This user has no home folder (HOME); the cache is in {Location}. Set {Variable} to a folder that lasts");
    }

    /// <summary>Makes sure that the folder can be written, and leaves nothing behind.</summary>
    /// <exception cref="RunException">It cannot.</exception>
    public static void Probe()
    {
        var folder = Location;
        try
        {
            while (!Directory.Exists(folder) && !File.Exists(folder)) folder = Path.GetDirectoryName(folder)!;
            var probe = Path.Combine(folder, $".probe-{Guid.NewGuid():n}");
            File.WriteAllBytes(probe, "probe"u8);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(Location, e);
        }
    }

    /// <summary>What a user hears when the folder cannot be used.</summary>
    public static RunException Unusable(string folder, Exception e, string remedy = "")
    {
        var (code, cause, mend) = DiskError.Of(folder, e);
        return new(code, $"{folder}: cannot write the cache: {cause}; {mend}, or set {Variable} to a writable folder with room{remedy}", e);
    }
}
