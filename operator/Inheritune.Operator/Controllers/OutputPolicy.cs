using Inheritune.Api;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>No output is two runs': the one that has begun, or is older, has it; the other waits or fails, as its user chose.</summary>
internal static class OutputPolicy
{
    /// <summary>Nobody tells a run that another has ended.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    /// <summary>How long an output that a preflight found occupied, by whatever the operator does not see, is left alone.</summary>
    private static readonly TimeSpan LongPause = TimeSpan.FromMinutes(1);

    /// <param name="step">What is to be done if the output is free.</param>
    public static RunStep Of(Observation seen, AttemptLedger ledger, RunStep step)
    {
        var begins = ledger.Job is null && step.End is null && step.Actions.Any(action => action.MakesJob);
        if (!begins || seen.Occupant is not { } other) return step;
        var message = $"{seen.Spec.Output.Uri} is the output of InheritRun {Name(seen.Run, other)}, which has not ended";
        if (seen.Spec.Output.WhenOccupied == OccupiedOutput.Wait)
        {
            var waits = new RunState(ConditionReasons.OutputOccupied, $"{message}; waits for its end (spec.output.whenOccupied)");
            return new(waits with { Until = seen.Now + Pause });
        }

        const string Remedy = "give this run another spec.output.uri, or create it anew with spec.output.whenOccupied: Wait";
        return step with { End = RunEnd.Failed(ConditionReasons.OutputOccupied, $"{message}; {Remedy}") };
    }

    /// <summary>What follows from a preflight that found the output occupied; null when that is final.</summary>
    public static RunStep? Again(Observation seen, V1Job job, AttemptEnd end, PodReport? pod)
    {
        if (end.Reason != ConditionReasons.OutputOccupied || seen.Spec.Output.WhenOccupied != OccupiedOutput.Wait) return null;
        var due = (pod?.Ended ?? seen.Now) + LongPause;
        var state = new RunState(ConditionReasons.OutputOccupied, $"{end.Message}; looks again (spec.output.whenOccupied)");
        return seen.Now < due ? new(state with { Until = due }) : new(state, new ChildAction.Delete(job));
    }

    /// <summary>Who may not look into another namespace learns no more of it than the name.</summary>
    private static string Name(V1Alpha1InheritRun run, NamespacedName other) =>
        other.Namespace == run.Namespace() ? other.Name : $"{other.Name} of another namespace";
}
