using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>What the end of a pod means: the contract of the trainer's exit codes.</summary>
internal static class ExitCodePolicy
{
    private const int Checkpointed = 10;

    /// <summary>Causes that a trainer names more exactly than its exit code does.</summary>
    private static readonly string[] Exact = [ConditionReasons.OutputOccupied, ConditionReasons.ModelIncompatible];

    public static AttemptEnd Judge(PodReport pod)
    {
        var (code, words) = (pod.ExitCode, pod.LastWords);
        if (code == 0) return new(AttemptOutcome.Succeeded, words.AlreadyComplete ? ConditionReasons.AlreadyComplete : ConditionReasons.Completed, words.Message ?? "", code, words.Results) { Remark = words.Remark, Progress = words.Progress };
        // A permanent fault stays one when the pod is taken away at the same time.
        if (code is >= 20 and <= 29) return new(AttemptOutcome.Rejected, Reason(pod), Message(pod), code);
        // Whatever it saved when it was told to end: its successor would fill the disk as well.
        if (pod.IsGreedy) return new(AttemptOutcome.Failed, ConditionReasons.ScratchExceeded, Overfilled(pod), code);
        if (pod.IsDisrupted || code == Checkpointed) return new(AttemptOutcome.Disrupted, pod.Cause.Length > 0 ? pod.Cause : ConditionReasons.Disrupted, Message(pod), code);
        return new(AttemptOutcome.Failed, Reason(pod), Message(pod), code);
    }

    private static string Reason(PodReport pod) => pod.ExitCode switch
    {
        20 => Exact.Contains(pod.LastWords.Reason) ? pod.LastWords.Reason! : ConditionReasons.InvalidSpec,
        21 => ConditionReasons.StorageDenied,
        22 => ConditionReasons.Diverged,
        24 => ConditionReasons.CudaOutOfMemory,
        25 => ConditionReasons.OutOfMemory,
        30 => ConditionReasons.StorageUnavailable,
        31 => "GpuFault",
        32 => ConditionReasons.ProgressStalled,
        _ when pod.Cause.Length > 0 => Text.Word(pod.Cause),
        _ => "TrainerFailed",
    };

    private static string Overfilled(PodReport pod) =>
        $"{pod.Message.TrimEnd(' ', '.')}; the run needs more local disk: raise spec.resources.scratch";

    private static string Message(PodReport pod)
    {
        if (pod.LastWords.Message is { Length: > 0 } said) return said + pod.LastWords.Remark;
        if (pod.ExitCode == Checkpointed) return "The trainer was told to stop, and the next one continues";
        if (pod.Cause == "OOMKilled") return "OOMKilled: the pod used more memory than spec.resources.memory";
        var ended = pod.ExitCode is { } code ? $"the trainer ended with exit code {code}" : "the pod ended without an exit code";
        return string.Join(": ", new[] { pod.Cause, pod.Message.Length > 0 ? pod.Message : ended }.Where(part => part.Length > 0)) + pod.LastWords.Remark;
    }
}
