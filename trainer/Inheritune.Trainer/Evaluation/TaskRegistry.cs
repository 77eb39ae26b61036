namespace Inheritune.Trainer.Evaluation;

/// <summary>The tasks that this program knows.</summary>
internal static class TaskRegistry
{
    public static readonly IReadOnlyDictionary<string, TaskDefinition> All = typeof(TaskRegistry).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(TaskDefinition)) && !type.IsAbstract)
        .Select(type => (TaskDefinition)Activator.CreateInstance(type)!)
        .OrderBy(definition => definition.Name, StringComparer.Ordinal)
        .ToDictionary(definition => definition.Name, StringComparer.Ordinal);

    /// <param name="name">The task's name.</param>
    /// <param name="field">Where it was given, for the message.</param>
    public static TaskDefinition Find(string name, string field) =>
        All.GetValueOrDefault(name) ?? throw RunException.Invalid(field, name, $"is no task that this version knows; it knows {string.Join(", ", All.Keys)}");
}
