using System.Security.Cryptography;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Says of files what their bytes are, however they are reached: of an object its ETag, of a local file the SHA-256 of its content. That
/// of a large file is kept in the cache until the kernel says that the file has changed, so that it is read for this only once.
/// </summary>
internal sealed class ContentDigests(IRunStatus status, CancellationToken cancellation)
{
    private const string Prefix = "sha256:";
    private const double Megabyte = 1e6;
    private const int BlockBytes = 1 << 18;

    /// <summary>A smaller file is read as quickly as what is kept of it.</summary>
    private const long WorthKeeping = 1 << 20;

    /// <summary>Less is read before anybody could look at the progress.</summary>
    private const long WorthSaying = 256 << 20;

    /// <summary>Two changes within one tick of the file system's clock, and clocks of servers that differ, look like none.</summary>
    private static readonly TimeSpan ClockDoubt = TimeSpan.FromSeconds(2);

    private static string Folder => Path.Combine(CacheFolder.Location, "digests");

    /// <summary>The corpus with <see cref="Corpus.Contents"/>.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="mostBytes">Without them, where more than this would have to be read.</param>
    public Corpus Identify(Corpus corpus, long mostBytes = long.MaxValue)
    {
        if (corpus.Contents is not null) return corpus;
        var known = corpus.Files.Select(file => file.LocalPath is { } path ? Recall(path) : $"etag:{file.Info.Version}").ToArray();
        var unknown = corpus.Files.Index().Where(file => known[file.Index] is null).ToList();
        var total = unknown.Sum(file => file.Item.Info.Size);
        if (total > mostBytes) return corpus;
        using var stage = total >= WorthSaying ? status.Begin("Looking at the data", total / Megabyte, "MB") : null;
        var done = 0L;
        foreach (var (index, file) in unknown) known[index] = Read(file, count => stage?.Report((done += count) / Megabyte, file.Info.Key));
        return corpus with { Contents = known! };
    }

    private string Read(CorpusFile file, Action<int> report)
    {
        var before = FileStat.Of(file.LocalPath!);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = file.Store.OpenRead(file.Info.Key);
        var buffer = new byte[BlockBytes];
        while (stream.Read(buffer) is var count and > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            sha.AppendData(buffer, 0, count);
            report(count);
        }

        var digest = $"{Prefix}{Convert.ToHexStringLower(sha.GetHashAndReset())}";
        file.RequireUnchanged();
        if (before is { } stat && stat == FileStat.Of(file.LocalPath!) && Age(stat) > ClockDoubt) Keep(stat, digest);
        return digest;
    }

    private static TimeSpan Age(FileStat stat) => DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeMilliseconds(stat.Changed / 1_000_000);

    private static string Kept(FileStat stat) => Path.Combine(Folder, $"{stat.Id}-{stat.Changed:x}-{stat.Size:x}");

    private static string? Recall(string path)
    {
        try
        {
            if (FileStat.Of(path) is not { Size: >= WorthKeeping } stat || !File.Exists(Kept(stat))) return null;
            var kept = File.ReadAllText(Kept(stat));
            var isWhole = kept.Length == Prefix.Length + (2 * SHA256.HashSizeInBytes) && kept.StartsWith(Prefix, StringComparison.Ordinal);
            return isWhole ? kept : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Keep(FileStat stat, string digest)
    {
        if (stat.Size < WorthKeeping) return;
        try
        {
            Directory.CreateDirectory(Folder);
            var aside = Path.Combine(Folder, $"{Guid.NewGuid():n}.partial");
            File.WriteAllText(aside, digest);
            File.Move(aside, Kept(stat), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the next start reads the file again.
        }
    }
}
