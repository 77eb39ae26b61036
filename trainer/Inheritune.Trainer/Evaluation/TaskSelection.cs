using System.Globalization;

namespace Inheritune.Trainer.Evaluation;

/// <summary>A task that is asked for.</summary>
/// <param name="Definition">The task.</param>
/// <param name="Shots">Number of solved examples before each question.</param>
/// <param name="Field">Where that number was given, for messages.</param>
internal sealed record TaskSelection(TaskDefinition Definition, int Shots, string Field)
{
    /// <summary>As in a manifest.</summary>
    private const int MostShots = 999;

    /// <summary>Reads the command line's <c>piqa,mmlu</c> and <c>mmlu=5</c>; a number alone holds for all tasks.</summary>
    public static IReadOnlyList<TaskSelection> Parse(string tasks, string? shots)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var (names, otherwise) = (Split(tasks), 0);
        if (names.Length == 0) throw RunException.Invalid("--tasks", tasks, "names no task");
        foreach (var entry in Split(shots ?? ""))
        {
            var parts = entry.Split('=');
            if (!int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > MostShots || parts.Length > 2)
                throw RunException.Invalid("--shots", entry, $"must be a number up to {MostShots}, or a task and a number, such as mmlu=5");
            if (parts.Length == 1) otherwise = count;
            else if (names.Contains(parts[0])) counts[parts[0]] = count;
            else throw RunException.Invalid("--shots", entry, $"names a task that --tasks does not; it has {string.Join(", ", names)}");
        }

        return [.. names.Distinct().Select(name => new TaskSelection(TaskRegistry.Find(name, "--tasks"), counts.GetValueOrDefault(name, otherwise), "--shots"))];
    }

    /// <summary>Reads a manifest's <c>piqa</c> and <c>mmlu=5</c>.</summary>
    public static IReadOnlyList<TaskSelection> Parse(IReadOnlyList<string> entries, string field)
    {
        var selections = entries.Select(entry => entry.Split('='))
            .Select(parts => new TaskSelection(TaskRegistry.Find(parts[0], field), parts is [_, var shots] ? int.Parse(shots, CultureInfo.InvariantCulture) : 0, field)).ToArray();
        return selections.GroupBy(selection => selection.Definition.Name).FirstOrDefault(group => group.Count() > 1) is { Key: var twice }
            ? throw RunException.Invalid(field, twice, "stands there twice; name each task once")
            : selections;
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
