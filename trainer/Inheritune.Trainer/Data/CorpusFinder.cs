using System.Globalization;
using Inheritune.Api;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>
/// Finds the files behind a URI. A folder is searched with its subfolders for files with the endings of the format; others, hidden ones and
/// the outputs of earlier runs are passed over. A single file is taken whatever its name when the format is given.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="format">The format; Auto goes by the endings.</param>
/// <param name="field">The field that holds the URI, for messages.</param>
internal sealed class CorpusFinder(string uri, DatasetFormat format, string field)
{
    public Corpus Find(StoreFactory stores)
    {
        var (store, key) = stores.OpenObject(uri, field);
        var corpus = key.Length > 0 && store.Stat(key) is { } single ? FromFile(store, single) : FromFolder(stores.Open(uri, field));
        foreach (var file in corpus.Files) FileHeads.RefusePointer(file);
        return corpus;
    }

    private Corpus FromFolder(IObjectStore store)
    {
        var all = store.List("");
        if (all.Count == 0) throw Refused("no such file, or an empty folder; check the path");
        var runs = EarlierRuns.In(store, all);
        var own = all.Where(info => !runs.Any(run => info.Key.StartsWith(run, StringComparison.Ordinal))).ToList();
        if (own.Count == 0)
            throw Refused($"is the output of a run ({runs[0]}{EarlierRuns.Marker}) and has nothing else in it; name the folder with the data");

        CorpusFile[] files = [.. own.Where(IsTaken).Select(info => new CorpusFile(store, info, FileKinds.Format(info.Key)))];
        if (files.Length == 0) throw Refused(Nothing([.. own.Select(info => info.Key)]));
        if (files.FirstOrDefault(file => file.Format != files[0].Format) is { } other)
            throw Refused($"mixes formats ({files[0].Info.Key} and {other.Info.Key}); "
                + "set spec.dataset.format to take one of them, or name a folder with one kind");
        return new Corpus(field, uri, files[0].Format, files)
        {
            PassedOver = [.. own.Where(info => !IsTaken(info)).Select(info => info.Key)],
            EarlierRuns = [.. runs.Select(run => run.TrimEnd('/'))],
        };
    }

    private bool IsTaken(ObjectInfo info) =>
        !FileKinds.IsHidden(info.Key)
        && FileKinds.Format(info.Key) is var found and not DatasetFormat.Auto
        && (format == DatasetFormat.Auto || found == format);

    private string Nothing(IReadOnlyList<string> keys)
    {
        var what = string.Create(CultureInfo.InvariantCulture, $"holds no {(format == DatasetFormat.Auto ? "dataset" : format)} file");
        return keys.FirstOrDefault(key => !FileKinds.IsHidden(key) && FileKinds.Unpacker(key) is not null) is { } packed
            ? $"{what}, but compressed ones, such as {packed}; unpack them with {FileKinds.Unpacker(packed)}"
            : $"{what} (found {FileKinds.Count(keys)}); {FileKinds.Accepted}";
    }

    private Corpus FromFile(IObjectStore store, ObjectInfo info)
    {
        var ending = Path.GetExtension(info.Key);
        if (ending.Equals(".npy", StringComparison.OrdinalIgnoreCase) || ending.Equals(".parquet", StringComparison.OrdinalIgnoreCase))
            throw Refused($"has a header that is not read here; convert it: {FileKinds.Accepted}");
        var found = format == DatasetFormat.Auto ? FileKinds.Format(info.Key) : format;
        if (found == DatasetFormat.Auto)
            throw Refused(FileKinds.Unpacker(info.Key) is { } program
                ? $"is compressed; unpack it with {program} and name what comes out"
                : $"has an unknown ending; {FileKinds.Accepted}. Rename it or set spec.dataset.format");
        var file = new CorpusFile(store, info, found);
        // Ids may begin with any bytes.
        if (found != DatasetFormat.Packed && FileHeads.Packing(file) is { } packing) throw Refused($"{packing} and name what comes out");
        return new Corpus(field, uri, found, [file]);
    }

    private RunException Refused(string message) => RunException.Invalid(field, uri, message);
}
