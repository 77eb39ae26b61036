using System.Text.RegularExpressions;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// The folder with the tasks' files. Capitals, and hyphens, dots and low lines, make no difference in names; numbered shards of the Hub
/// (<c>test-00000-of-00002.parquet</c>) are one file. The split S of a data set D is, anywhere below the folder,
/// <c>D_S</c>; <c>S</c> in a folder D; <c>D</c> or <c>D_S</c> in a folder S; and for the split that is asked about also just <c>D</c>, or
/// <c>D_1000</c> for a part of it. Endings: .jsonl, .parquet, .csv (MMLU).
/// </summary>
internal sealed partial class TaskData
{
    private static readonly string[] Endings = [".jsonl", ".parquet", ".csv"];

    private static readonly string[] Splits = [.. FileNames.Train, .. FileNames.Validation, .. FileNames.Test];

    private readonly string _field;
    private readonly IObjectStore _store;
    private readonly List<(TaskFile File, string Name, string[] Folders)> _files;

    private TaskData(IObjectStore store, string field)
    {
        (_store, _field) = (store, field);
        _files = [.. store.List("").Where(info => Endings.Contains(Ending(info.Key)) && !FileKinds.IsHidden(info.Key)).Select(info => Describe(new TaskFile(store, info)))];
        if (_files.Count == 0) throw RunException.Invalid(field, store.Location, $"holds no {string.Join(", ", Endings)} file; give the folder with the tasks' data sets");
    }

    public static TaskData Open(string uri, string field, StoreFactory stores) => new(stores.Open(uri, field), field);

    /// <summary>The records of a split, in the order of the file.</summary>
    /// <param name="task">Whose data.</param>
    /// <param name="split">Names of the split.</param>
    public IReadOnlyList<DataRecord> Read(EvaluationTask task, IReadOnlyList<string> split)
    {
        var found = task.Data.Select(Normalize).Select(name => Find(name, split, ReferenceEquals(split, task.Split))).FirstOrDefault(files => files.Length > 0)
            ?? throw RunException.Invalid(_field, _store.Location, $"has no file of {task.Name}: looked for {string.Join(", ", split.Take(2).Select(name => $"{task.Data[0]}_{name}.jsonl"))}{(ReferenceEquals(split, task.Split) ? $", {task.Data[0]}.jsonl" : "")}, and the same as .parquet or .csv, or {task.Data[0]}/{split[0]}-*.parquet as on the Hugging Face Hub");
        if (found.GroupBy(file => Shard().Replace(file.Info.Key, ".")).ToArray() is [var first, var second, ..])
            throw RunException.Invalid(_field, _store.Location, $"has more than one file of {task.Name}, {first.Key} and {second.Key}; leave one of them there");
        var records = found.SelectMany(RecordReader.Read).ToArray();
        return records.Length > 0 ? records : throw RunException.Invalid(_field, found[0].Name, "holds no record");
    }

    private TaskFile[] Find(string name, IReadOnlyList<string> split, bool isMain)
    {
        foreach (var part in split)
            if (Matching((stem, folders) => stem == $"{name}_{part}" || (stem == part && folders.Contains(name)) || (stem == name && folders.Contains(part))) is { Length: > 0 } files)
                return files;
        return isMain ? Matching((stem, folders) => !folders.Any(Splits.Contains) && (stem == name || (stem.StartsWith($"{name}_", StringComparison.Ordinal) && stem[(name.Length + 1)..].All(char.IsAsciiDigit)))) : [];
    }

    private TaskFile[] Matching(Func<string, string[], bool> test) => [.. _files.Where(file => test(file.Name, file.Folders)).Select(file => file.File)];

    private static (TaskFile File, string Name, string[] Folders) Describe(TaskFile file)
    {
        string[] path = Normalize(file.Info.Key).Split('/');
        return (file, path[^1], [.. path.SkipLast(1)]);
    }

    private static string Ending(string key) => Path.GetExtension(key).ToLowerInvariant();

    private static string Normalize(string key)
    {
        var name = Endings.Contains(Ending(key)) ? Path.ChangeExtension(Shard().Replace(key, "."), null) : key;
        return name.ToLowerInvariant().Replace('-', '_').Replace('.', '_');
    }

    [GeneratedRegex(@"-\d{5}-of-\d{5}\.")]
    private static partial Regex Shard();
}
