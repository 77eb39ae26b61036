using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Runs;

/// <summary>A small object that is written to an output and removed, to learn whether results can be written there.</summary>
internal static class OutputProbe
{
    private const string Prefix = ".preflight-";

    /// <summary>Whether an object is a probe, of a process that was killed or is still at it; it counts for nothing.</summary>
    public static bool IsProbe(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);

    /// <exception cref="RunException">The output cannot be written, or its server does not keep the promise of conditional writes.</exception>
    public static void Write(IObjectStore output)
    {
        var key = $"{Prefix}{Guid.NewGuid():n}";
        if (output is FileStore) output = new FileStore(NearestFolder(output.Location));
        var written = output.Replace(key, null, "probe"u8.ToArray());
        // The owner of a prefix is found out by such writes, so a server that does not refuse this one would let two processes work in it.
        var isRefused = output is FileStore || output.Replace(key, null, "again"u8.ToArray()) is null;
        output.Delete(key);
        if (written is null || !isRefused)
            throw RunException.Invalid(RunFolder.Field, output.Location, "is on a server that does not keep to conditional writes (If-None-Match), by which a run guards its output; use MinIO, Ceph or another S3 that does");
    }

    public static RunException NotAFolder(string location) =>
        RunException.Invalid(RunFolder.Field, location, "cannot be created: something above it is not a folder; check the path");

    /// <summary>The folder itself, or where it would be made.</summary>
    private static string NearestFolder(string path)
    {
        for (var folder = path; ; folder = Path.GetDirectoryName(folder)!)
        {
            if (File.Exists(folder)) throw NotAFolder(path);
            if (Directory.Exists(folder)) return folder;
        }
    }
}
