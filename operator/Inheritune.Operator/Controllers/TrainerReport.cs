using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>What the trainer of a pod that runs says of itself.</summary>
internal static class TrainerReport
{
    private const int LongestSummary = 64;

    /// <summary>Null while it has not said anything.</summary>
    public static RunState? State(Observation seen, PodReport pod)
    {
        if (Trouble(seen, pod) is { } trouble) return trouble;
        if (!seen.HasReported(pod) || seen.Status.Progress is not { Activity: { } activity } progress) return null;
        var state = new RunState($"{activity}", $"Pod {pod.Name} runs on node {pod.Node}");
        // What is done beside the training, such as storing a checkpoint, is not what the run does.
        return activity == RunActivity.Training || progress.Stage is not { } stage
            ? state
            : state with { Message = $"{state.Message}: {stage}", Summary = Text.Fit($"{stage.Split(' ')[0]} {progress.StagePercent}".TrimEnd(), LongestSummary) };
    }

    /// <summary>What holds it up; null while nothing does.</summary>
    public static RunState? Trouble(Observation seen, PodReport? pod) => pod is not null && seen.HasReported(pod) && seen.Status.Progress?.Trouble is { } trouble
        ? new(ConditionReasons.StorageUnreachable, $"{trouble}; said by pod {pod.Name} on node {pod.Node}")
        : null;
}
