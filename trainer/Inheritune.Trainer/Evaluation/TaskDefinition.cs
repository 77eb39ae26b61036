namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// What a name after <c>--tasks</c> stands for. Every class of this kind that the program holds is found by <see cref="TaskRegistry"/>;
/// adding a task means adding one file to <c>Tasks/</c>.
/// </summary>
/// <param name="name">The name, in lower case with underscores.</param>
internal abstract class TaskDefinition(string name)
{
    public string Name => name;

    /// <summary>The tasks of a version of the harness; one for most names.</summary>
    public abstract IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness);

    /// <summary>Groups of these tasks, each behind the groups that it contains.</summary>
    public virtual IReadOnlyList<TaskGroup> Groups(HarnessVersion harness) => [];
}
