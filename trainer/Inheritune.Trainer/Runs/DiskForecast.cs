using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Runs;

/// <summary>The most that a run takes of local disks at one time, and whether that is there.</summary>
/// <param name="Parts">What takes it.</param>
/// <param name="PresentBytes">How much of it an earlier attempt has taken already.</param>
public sealed record DiskForecast(IReadOnlyList<DiskUse> Parts, long PresentBytes)
{
    /// <summary>Weights and two moments in Float32.</summary>
    internal const int CheckpointBytesPerParameter = 12;

    /// <summary>Of a tensor in the header of a file, beside its name.</summary>
    private const int HeaderBytes = 120;

    private const int LineBytes = 300, AnswerBytes = 100, SmallFilesBytes = 1 << 20;

    public long PeakBytes => Parts.Sum(part => part.Bytes);

    /// <summary>What is still to be taken, and free, on the file system of each folder.</summary>
    internal IEnumerable<(string Folder, long Bytes, long FreeBytes)> Places =>
        from part in Parts
        group part by FileSystem.Of(part.Folder).Id into parts
        select (parts.First().Folder, Math.Max(0, parts.Sum(part => part.Bytes) - (parts.Any(part => part.IsOutput) ? PresentBytes : 0)), FileSystem.Of(parts.First().Folder).FreeBytes);

    /// <param name="spec">The run.</param>
    /// <param name="folder">Its output.</param>
    /// <param name="inputs">What goes in.</param>
    /// <param name="target">The shape of what comes out.</param>
    /// <param name="steps">Number of optimizer steps.</param>
    internal static DiskForecast Of(InheritRunSpec spec, RunFolder folder, RunInputs inputs, ModelConfig target, int steps)
    {
        var parameters = target.Parameters();
        var names = parameters.Sum(parameter => (long)parameter.Name.Length + HeaderBytes);
        var checkpoint = CheckpointBytesPerParameter * target.ParameterCount + 3 * names;
        var small = SmallFilesBytes + (long)LineBytes * (steps / spec.Training.LogEverySteps + steps / spec.Evaluation.EverySteps) + (long)AnswerBytes * 2 * (inputs.Tasks?.Requests.Count ?? 0);
        var parts = new List<DiskUse>();
        if (folder.IsRemote)
        {
            parts.Add(new("a checkpoint on its way to the output", CacheFolder.Location, checkpoint));
            parts.Add(new("metrics and answers to tasks", CacheFolder.Location, small));
        }
        else
        {
            var (location, count) = (folder.Store.Location, spec.Checkpoint.KeepLast + 1);
            parts.Add(new($"{count} checkpoints (spec.checkpoint.keepLast and the next)", location, count * checkpoint) { IsOutput = true });
            parts.Add(new("the model", location, (spec.Output.Precision == ExportPrecision.Float32 ? 4 : 2) * target.ParameterCount + names) { IsOutput = true });
            parts.Add(new("metrics, report and answers to tasks", location, small) { IsOutput = true });
        }

        parts.AddRange(Caches(spec, inputs, target.VocabularySize));
        return new(parts, folder.IsRemote ? 0 : folder.Store.List("").Sum(file => file.Size));
    }

    /// <exception cref="RunException">It would be more than a pod may take.</exception>
    public void RequireScratch(string scratch)
    {
        if (PeakBytes > ByteQuantity.Parse(scratch))
            throw RunException.Invalid("spec.resources.scratch", scratch, $"is too little: the run takes up to {Megabytes(PeakBytes)} of local disk ({Listed(Parts)}); make it {ByteQuantity.InGibibytes(PeakBytes + PeakBytes / 10)} or more");
    }

    /// <summary>What a user hears of a file system that has too little room; null where all have enough.</summary>
    public string? Shortage()
    {
        var (folder, bytes, free) = Places.FirstOrDefault(place => place.Bytes > place.FreeBytes);
        if (folder is null) return null;
        var listed = Listed(Parts.Where(part => FileSystem.Of(part.Folder).Id == FileSystem.Of(folder).Id));
        return $"{folder}: {Megabytes(free)} are free, and the run takes up to {Megabytes(bytes)} more ({listed}); free space, lower spec.checkpoint.keepLast, or move spec.output.uri or the cache (INHERITUNE_CACHE) to a disk with room";
    }

    private static IEnumerable<DiskUse> Caches(InheritRunSpec spec, RunInputs inputs, int vocabulary)
    {
        var corpora = new[] { inputs.Dataset, inputs.Validation }.OfType<Corpus>().ToArray();
        var streamed = corpora.Where(corpus => corpus.IsStreamed).SelectMany(corpus => corpus.Files).Select(file => file.Info.Size).ToArray();
        if (streamed.Length > 0) yield return new("the cache of streamed data (spec.storage.cacheMebibytes)", CacheFolder.Location, BlockCache.BytesFor(streamed, (long)spec.Storage.CacheMebibytes << 20));
        foreach (var corpus in corpora.Where(corpus => corpus.Format != DatasetFormat.Packed && !(inputs.Tokenizer is { } known && corpus.Contents is not null && TokenCache.Has(CorpusOpener.DigestOf(corpus, spec.Dataset, known.Value)))))
            yield return new($"the tokens of {corpus.Uri}", CacheFolder.Location, TokenCache.Estimate(corpus.Files.Sum(file => file.Info.Size), vocabulary));
    }

    private static string Listed(IEnumerable<DiskUse> parts) => string.Join(", ", parts.Select(part => $"{part.What}: {Megabytes(part.Bytes)}"));

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB");
}
