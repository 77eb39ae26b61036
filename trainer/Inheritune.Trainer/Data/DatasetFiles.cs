using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>The files of a run: what is validated on is never trained on.</summary>
/// <param name="Training">What is trained on; without <paramref name="Validation"/> a part of it is held out.</param>
/// <param name="Validation">Validation data of its own, or null.</param>
/// <param name="LeftOut">
/// Files behind the dataset's URI that are not in <paramref name="Training"/>, because they would be trained on and validated on.
/// </param>
public sealed record DatasetFiles(Corpus Training, Corpus? Validation, IReadOnlyList<string> LeftOut)
{
    /// <exception cref="RunException">There are none, or nothing is left to train on.</exception>
    public static DatasetFiles Find(DatasetSpec spec, StoreFactory stores)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var (training, validation) = (Corpus.Training(spec, stores), Corpus.Validation(spec, stores));
        // Of a file that comes twice a part would be held out, and trained on under its other name.
        var shared = validation is null ? Overlap.Within(training.Files) : Overlap.Of(training.Files, validation.Files);
        CorpusFile[] rest = [.. training.Files.Where(file => !shared.ContainsKey(file))];
        if (rest.Length == 0)
            throw RunException.Invalid(validation!.Field, validation.Uri,
                $"has all that spec.dataset.uri ('{training.Uri}') has ({Names.List([.. shared.Keys.Select(file => file.Info.Key)])}), "
                + "so that nothing is left to train on; name other validation data, or leave the field out to have a part of the dataset held out");
        return new(training with { Files = rest }, validation, [.. shared.Select(pair => Describe(pair.Key, pair.Value))]);
    }

    /// <summary>With <see cref="Corpus.Contents"/>; local files that were not met before are read for that, unless they have too many bytes.</summary>
    public DatasetFiles Identify(IRunStatus status, CancellationToken cancellation, long mostBytes = long.MaxValue)
    {
        var digests = new ContentDigests(status, cancellation);
        var validation = Validation is null ? null : digests.Identify(Validation, mostBytes);
        return this with { Training = digests.Identify(Training, mostBytes), Validation = validation };
    }

    /// <summary>Says what is not taken, and why.</summary>
    public void Announce(IRunStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        Training.Announce(status);
        Validation?.Announce(status);
        if (LeftOut.Count > 0)
            status.Warn($"{Training.Uri}: left out, so that nothing is both trained on and validated on: {Names.List(LeftOut)}");
    }

    private static string Describe(CorpusFile file, CorpusFile other) =>
        file.Name == other.Name ? file.Info.Key : $"{file.Info.Key} (the same as {other.Name})";
}
