using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>The files behind a dataset URI.</summary>
/// <param name="Field">The field that holds the URI, for messages.</param>
/// <param name="Uri">The URI as written.</param>
/// <param name="Format">How the files are encoded; never Auto.</param>
/// <param name="Files">The files in ordinal order of their names; at least one.</param>
public sealed record Corpus(string Field, string Uri, DatasetFormat Format, IReadOnlyList<CorpusFile> Files)
{
    private const string Accepted = "accepted are .txt (text), .jsonl (JSON lines) and .bin (packed little-endian token ids without a header)";

    private static readonly Dictionary<string, DatasetFormat> Endings = new(StringComparer.OrdinalIgnoreCase)
    {
        [".txt"] = DatasetFormat.Text,
        [".jsonl"] = DatasetFormat.JsonLines,
        [".bin"] = DatasetFormat.Packed,
    };

    /// <summary>Whether the ids come from an object store as they are needed.</summary>
    public bool IsStreamed => Format == DatasetFormat.Packed && Files[0].LocalPath is null;

    /// <summary>The files of the dataset itself.</summary>
    public static Corpus Training(DatasetSpec spec, StoreFactory stores) => Find(spec.Uri, spec.Format, "spec.dataset.uri", stores);

    /// <summary>The files of the validation data, or null when it is held out of the dataset.</summary>
    public static Corpus? Validation(DatasetSpec spec, StoreFactory stores) =>
        spec.ValidationUri is { } uri ? Find(uri, spec.Format, "spec.dataset.validationUri", stores) : null;

    /// <summary>What a user hears of an id that the model has not.</summary>
    public RunException BadId(string file, long position, long id, int vocabulary) => RunException.Invalid(Field, Uri, string.Create(CultureInfo.InvariantCulture,
        $"{file} has the id {id} at position {position}, but the model has only {vocabulary} ids; use data that was packed with the model's tokenizer, and check spec.dataset.tokenType"));

    /// <summary>
    /// Finds the files. A folder is searched with its subfolders for files with the endings of the format; others, such as
    /// a README, are passed over. A single file is taken whatever its ending when the format is given.
    /// </summary>
    private static Corpus Find(string uri, DatasetFormat format, string field, StoreFactory stores)
    {
        var (store, key) = stores.OpenObject(uri, field);
        if (key.Length > 0 && store.Stat(key) is { } single) return FromFile(store, single, uri, format, field);

        store = stores.Open(uri, field);
        var all = store.List("");
        if (all.Count == 0) throw RunException.Invalid(field, uri, "no such file, or an empty folder; check the path");
        var files = all
            .Select(info => (Info: info, Format: Endings.GetValueOrDefault(Path.GetExtension(info.Key))))
            .Where(file => file.Format != DatasetFormat.Auto && (format == DatasetFormat.Auto || file.Format == format))
            .Select(file => new CorpusFile(store, file.Info, file.Format)).ToArray();
        if (files.Length == 0)
            throw RunException.Invalid(field, uri, $"holds no {(format == DatasetFormat.Auto ? "dataset" : format)} file (found {all[0].Key}{(all.Count > 1 ? " and others" : "")}); {Accepted}");
        if (files.FirstOrDefault(file => file.Format != files[0].Format) is { } other)
            throw RunException.Invalid(field, uri, $"mixes formats ({files[0].Info.Key} and {other.Info.Key}); set spec.dataset.format to take one of them, or name a folder with one kind");
        return new Corpus(field, uri, files[0].Format, files);
    }

    private static Corpus FromFile(IObjectStore store, ObjectInfo info, string uri, DatasetFormat format, string field)
    {
        var ending = Path.GetExtension(info.Key);
        if (ending.Equals(".npy", StringComparison.OrdinalIgnoreCase) || ending.Equals(".parquet", StringComparison.OrdinalIgnoreCase))
            throw RunException.Invalid(field, uri, $"has a header that is not read here; convert it: {Accepted}");
        var found = format == DatasetFormat.Auto ? Endings.GetValueOrDefault(ending) : format;
        if (found == DatasetFormat.Auto)
            throw RunException.Invalid(field, uri, $"has an unknown ending; {Accepted}. Rename it or set spec.dataset.format");
        return new Corpus(field, uri, found, [new CorpusFile(store, info, found)]);
    }
}
