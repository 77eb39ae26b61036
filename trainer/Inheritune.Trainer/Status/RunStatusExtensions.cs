using Inheritune.Api;

namespace Inheritune.Trainer.Status;

/// <summary>Short forms of <see cref="IRunStatus.Report"/>.</summary>
internal static class RunStatusExtensions
{
    public static void Report(this IRunStatus status, RunActivity activity) => status.Report(new RunProgress { Activity = activity });

    public static void Report(this IRunStatus status, RunProgress progress) => status.Report(new InheritRunStatus { Progress = progress });

    public static void Report(this IRunStatus status, RunResults results) => status.Report(new InheritRunStatus { Results = results });

    /// <summary>A checkpoint that is whole and in its final place.</summary>
    /// <param name="step">Steps done in it.</param>
    /// <param name="uri">Its folder; the resource names none that is local to a pod.</param>
    /// <param name="time">When it was complete.</param>
    public static void Report(this IRunStatus status, int step, string? uri, DateTimeOffset time) =>
        status.Report(new InheritRunStatus { Checkpoint = new RunCheckpoint { Step = step, Uri = uri, Time = time } });
}
