namespace Inheritune.Trainer.Evaluation;

/// <summary>The names under which people keep the files of a task; see <see cref="TaskData"/>.</summary>
internal static class FileNames
{
    public static readonly IReadOnlyList<string> Train = ["train"];

    public static readonly IReadOnlyList<string> Validation = ["validation", "val", "valid", "dev"];

    public static readonly IReadOnlyList<string> Test = ["test"];
}
