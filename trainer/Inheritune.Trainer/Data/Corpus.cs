using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>The files behind a dataset URI.</summary>
/// <param name="Field">The field that holds the URI, for messages.</param>
/// <param name="Uri">The URI as written.</param>
/// <param name="Format">How the files are encoded; never Auto.</param>
/// <param name="Files">The files in ordinal order of their names; at least one.</param>
public sealed record Corpus(string Field, string Uri, DatasetFormat Format, IReadOnlyList<CorpusFile> Files)
{
    /// <summary>Whether the ids come from an object store as they are needed.</summary>
    public bool IsStreamed => Format == DatasetFormat.Packed && Files[0].LocalPath is null;

    /// <summary>Size of all files.</summary>
    public long Bytes => Files.Sum(file => file.Info.Size);

    /// <summary>What the bytes of each file are; null until that has been found out. See <see cref="ContentDigests"/>.</summary>
    public IReadOnlyList<string>? Contents { get; init; }

    /// <summary>Keys of the files in the folder that are no data.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];

    /// <summary>Folders in it that are outputs of runs; what is in them is no data either.</summary>
    public IReadOnlyList<string> EarlierRuns { get; init; } = [];

    /// <summary>The files of the dataset itself.</summary>
    public static Corpus Training(DatasetSpec spec, StoreFactory stores) => new CorpusFinder(spec.Uri, spec.Format, "spec.dataset.uri").Find(stores);

    /// <summary>The files of the validation data, or null when it is held out of the dataset.</summary>
    public static Corpus? Validation(DatasetSpec spec, StoreFactory stores) =>
        spec.ValidationUri is { } uri ? new CorpusFinder(uri, spec.Format, "spec.dataset.validationUri").Find(stores) : null;

    /// <summary>Says what lies beside the data and is not taken.</summary>
    public void Announce(IRunStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        if (PassedOver.Count > 0) status.Info($"{Uri}: passed over {FileKinds.Count(PassedOver)}");
        if (EarlierRuns.Count > 0) status.Warn($"{Uri}: left out what runs have written there: {Names.List(EarlierRuns)}");
    }

    /// <summary>What a user hears of an id that the model has not.</summary>
    public RunException BadId(string file, long position, long id, int vocabulary) => RunException.Invalid(Field, Uri, string.Create(CultureInfo.InvariantCulture,
        $"{file} has the id {id} at position {position}, but the model has only {vocabulary} ids; use data that was packed with the model's tokenizer, and check spec.dataset.tokenType"));
}
