using System.Globalization;
using Inheritune.Trainer.Data;

namespace Inheritune.Trainer.Runs;

/// <summary>The files behind one URI as a run began with them.</summary>
public sealed record RunFileSet
{
    /// <summary>The marker is written with every checkpoint.</summary>
    private const int MostListed = 300;

    /// <summary>SHA-256 over format and contents in their order; names and times play no part.</summary>
    public required string Digest { get; init; }

    public required int Count { get; init; }

    public required long Bytes { get; init; }

    /// <summary>The files, to say which of them differ; empty where they are too many.</summary>
    public IReadOnlyList<RunDataFile> Files { get; init; } = [];

    public static RunFileSet Of(Corpus corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        var files = corpus.Files.Zip(corpus.Contents!, (file, content) => new RunDataFile(file.Info.Key, file.Info.Size, content));
        return new RunFileSet
        {
            Digest = CorpusOpener.Hash([$"{corpus.Format}", .. corpus.Contents!]),
            Count = corpus.Files.Count,
            Bytes = corpus.Bytes,
            Files = corpus.Files.Count > MostListed ? [] : [.. files],
        };
    }

    /// <exception cref="RunException">The files are not what they were.</exception>
    public void RequireSame(Corpus corpus)
    {
        var now = Of(corpus);
        if (now.Digest == Digest) return;
        throw RunException.Invalid(corpus.Field, corpus.Uri,
            $"has changed since the run began ({Differences(now)}); losses measured before and after would not be of the same data. "
            + "Put it back as it was, or begin anew with another spec.output.uri");
    }

    private string Differences(RunFileSet now)
    {
        if (Files.Count == 0 || now.Files.Count == 0)
            return Text($"{Count:N0} files with {Bytes:N0} bytes were there, now {now.Count:N0} with {now.Bytes:N0}");
        var (old, recent) = (Files.ToDictionary(file => file.Name), now.Files.ToDictionary(file => file.Name));
        string[] parts =
        [
            Part("changed", Files.Where(file => recent.TryGetValue(file.Name, out var other) && other.Content != file.Content)
                .Select(file => Changed(file, recent[file.Name]))),
            Part("added", now.Files.Where(file => !old.ContainsKey(file.Name)).Select(file => file.Name)),
            Part("removed", Files.Where(file => !recent.ContainsKey(file.Name)).Select(file => file.Name)),
        ];
        return string.Join("; ", parts.Where(part => part.Length > 0).DefaultIfEmpty("the order or the format of the files"));
    }

    private static string Changed(RunDataFile before, RunDataFile now) =>
        before.Size == now.Size ? now.Name : Text($"{now.Name} from {before.Size:N0} to {now.Size:N0} bytes");

    private static string Part(string what, IEnumerable<string> names) =>
        names.ToList() is { Count: > 0 } list ? $"{what}: {Names.List(list)}" : "";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
