using Inheritune.Api;

namespace Inheritune.Trainer.Status;

/// <summary>Short forms of <see cref="IRunStatus.Report"/>.</summary>
internal static class RunStatusExtensions
{
    public static void Report(this IRunStatus status, RunActivity activity) => status.Report(new RunProgress { Activity = activity });

    public static void Report(this IRunStatus status, RunProgress progress) => status.Report(new InheritRunStatus { Progress = progress });

    public static void Report(this IRunStatus status, RunResults results) => status.Report(new InheritRunStatus { Results = results });

    /// <summary>A checkpoint that is whole and in its final place; one that is local to a pod has no URI.</summary>
    public static void Report(this IRunStatus status, RunCheckpoint checkpoint) => status.Report(new InheritRunStatus { Checkpoint = checkpoint });
}
