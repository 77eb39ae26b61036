namespace Inheritune.Trainer.Storage;

/// <summary>
/// Where this program keeps what it can make again: <c>$INHERITUNE_CACHE</c>, else <c>$XDG_CACHE_HOME/inheritune</c>, else
/// <c>~/.cache/inheritune</c>. It may be deleted at any time between runs.
/// </summary>
internal static class CacheFolder
{
    private const string Variable = "INHERITUNE_CACHE";

    public static string Location
    {
        get
        {
            if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } own) return own;
            var home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
                ? cache
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Path.Combine(home, "inheritune");
        }
    }

    /// <summary>What a user hears when the folder cannot be used.</summary>
    public static RunException Unusable(string folder, Exception e, string remedy = "") => new(
        e is IOException ? ExitCode.StorageUnavailable : ExitCode.StorageDenied,
        $"{folder}: cannot write the cache ({e.Message.TrimEnd('.')}); free space there or set {Variable} to a writable folder with room{remedy}", e);
}
