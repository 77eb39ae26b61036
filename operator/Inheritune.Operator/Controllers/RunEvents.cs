using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>The Events that a change of a status is worth. The list of reasons is closed.</summary>
internal static class RunEvents
{
    public static IEnumerable<(string Type, string Reason, string Action, string Note)> Between(InheritRunStatus before, RunPlan plan)
    {
        var after = plan.Status;
        var (old, now) = (before.Condition(ConditionTypes.Succeeded), after.Condition(ConditionTypes.Succeeded)!);
        if (Became(ConditionTypes.Validated)) yield return ("Normal", "RunValidated", "Preflight", "The preflight passed");
        if (Entered(ConditionReasons.Queued)) yield return ("Normal", "RunQueued", "Train", now.Message);
        if (after.Is(ConditionTypes.Scheduled, ConditionStatus.False) && !before.Is(ConditionTypes.Scheduled, ConditionStatus.False)) yield return ("Warning", "PodUnschedulable", "Train", now.Message);
        if (PodState.ImageTroubles.Contains(now.Reason) && !PodState.ImageTroubles.Contains(old?.Reason)) yield return ("Warning", "ImagePullFailed", "Train", now.Message);
        if (PodState.SetupTroubles.Contains(now.Reason) && old?.Reason != now.Reason) yield return ("Warning", now.Reason, "Train", now.Message);
        if (before.Is(ConditionTypes.Reconciling, ConditionStatus.True) && after.Condition(ConditionTypes.Reconciling) is { Status: ConditionStatus.False, Reason: "TrainerStarted" }) yield return ("Normal", "TrainingStarted", "Train", now.Message);
        // The first one is TrainingStarted.
        if (after is { Job.Attempt: > 1 } && IsActive(now) && !IsActive(old) && before.Is(ConditionTypes.Reconciling, ConditionStatus.False))
        {
            var from = before.Progress?.ResumedStep is { } step ? $" goes on from step {step}" : "";
            yield return ("Normal", "TrainingContinued", "Train", $"Attempt {after.Job.Attempt}{from}; {now.Message}");
        }

        if (Entered(ConditionReasons.StorageUnreachable)) yield return ("Warning", "StorageUnreachable", "Train", now.Message);
        if (Became(ConditionTypes.Checkpointed)) yield return ("Normal", "CheckpointSaved", "Train", "The first checkpoint is complete");
        if (after.Attempts?.Disrupted > (before.Attempts?.Disrupted ?? 0)) yield return ("Warning", "Disrupted", "Train", now.Message);
        if (after.Attempts?.Failed > (before.Attempts?.Failed ?? 0))
            yield return ("Warning", after.LastFailure!.Reason == ConditionReasons.ProgressStalled ? "RunStalled" : "AttemptFailed", "Train", $"{after.LastFailure.Reason}: {after.LastFailure.Message}");
        if (Became(ConditionTypes.Suspended)) yield return ("Normal", "RunSuspended", "Suspend", now.Message);
        if (IsPaused(old) && !IsPaused(now) && !after.IsFinished()) yield return ("Normal", "Resumed", "Resume", "The run goes on");
        if (after.IsFinished() && !before.IsFinished())
            yield return now.Status == ConditionStatus.True ? ("Normal", "RunCompleted", "Finish", $"{now.Reason}: {now.Message}") : ("Warning", "RunFailed", "Finish", $"{now.Reason}: {now.Message}");
        if (plan.Actions.Any(action => action is ChildAction.DeleteAccount)) yield return ("Normal", "ChildrenExpired", "Expire", "Jobs and pods were deleted; the run stays");

        bool IsPaused(RunCondition? state) => state?.Reason is ConditionReasons.Suspended or ConditionReasons.Suspending;
        bool IsActive(RunCondition? state) => Enum.TryParse<RunActivity>(state?.Reason, out _) || state?.Reason == ConditionReasons.StorageUnreachable;
        bool Became(string type) => after.Is(type, ConditionStatus.True) && !before.Is(type, ConditionStatus.True);
        bool Entered(string reason) => now.Reason == reason && old?.Reason != reason;
    }
}
