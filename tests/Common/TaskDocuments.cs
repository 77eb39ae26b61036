namespace Inheritune.Tests;

/// <summary>Folders with documents of the evaluation tasks, by a name for tests: made ones that ship, and the tasks' own where they are there.</summary>
internal static class TaskDocuments
{
    public const string Made = "made", Published = "published";

    public static IReadOnlyDictionary<string, string> Folders { get; } = SharedData.Find("eval") is { } published
        ? new Dictionary<string, string> { [Made] = TestData.Path("eval"), [Published] = published }
        : new Dictionary<string, string> { [Made] = TestData.Path("eval") };
}
