using System.Collections.Concurrent;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Looks at every local id that a run may use before it begins, because one beyond the vocabulary would end it after hours, or worse. That
/// ids were found good is remembered in the <see cref="CacheFolder"/>.
/// </summary>
internal static class IdCheck
{
    private const int ChunkIds = 1 << 22;
    private const double Million = 1e6;

    /// <summary>With fewer ids it is over before anybody could read of it.</summary>
    private const long WorthSaying = 50_000_000;

    /// <summary>The first id of the ranges that is not below the limit, with the file and the position there, or null.</summary>
    /// <param name="corpus">The ids.</param>
    /// <param name="ranges">Those that matter.</param>
    /// <param name="limit">Number of ids that the model has.</param>
    /// <param name="identity">Decides the ids of the corpus.</param>
    /// <param name="status">Hears how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    public static (string File, long Position, long Id)? FindAtLeast(
        TokenCorpus corpus, IReadOnlyList<TokenRange> ranges, int limit, IEnumerable<string> identity, IRunStatus status,
        CancellationToken cancellation)
    {
        var verdict = Path.Combine(CacheFolder.Location, "checked", CorpusOpener.Hash([.. identity, $"{limit}", string.Join(' ', ranges)]));
        if (File.Exists(verdict)) return null;
        var total = ranges.Sum(range => range.Length);
        using var stage = (total < WorthSaying ? SilentStatus.Instance : status).Begin("Checking the ids", total / Million, "M tokens");
        var (done, gate) = (0L, new Lock());
        var found = new ConcurrentDictionary<long, (string, long, long)>();
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        // Handed out in order, so that a disk reads on, and Break leaves no earlier chunk out.
        var chunks = Partitioner.Create(Chunks(ranges), EnumerablePartitionerOptions.NoBuffering);
        var outcome = Parallel.ForEach(chunks, options, (chunk, state, index) =>
        {
            if (corpus.FindAtLeast(chunk.Start, chunk.Length, limit) is { } bad)
            {
                found[index] = bad;
                state.Break();
            }

            lock (gate) stage.Report((done += chunk.Length) / Million);
        });
        if (outcome.LowestBreakIteration is { } first) return found[first];
        Remember(verdict);
        return null;
    }

    private static IEnumerable<TokenRange> Chunks(IReadOnlyList<TokenRange> ranges)
    {
        foreach (var range in ranges)
            for (var start = range.Start; start < range.End; start += ChunkIds)
                yield return new(start, Math.Min(start + ChunkIds, range.End));
    }

    /// <summary>Where nothing can be kept, the next start looks again.</summary>
    private static void Remember(string verdict)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(verdict)!);
            File.WriteAllBytes(verdict, []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
