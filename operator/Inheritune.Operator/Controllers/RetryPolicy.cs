using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>How often failures are forgiven. Disruptions always are, faults that would repeat themselves never.</summary>
internal static class RetryPolicy
{
    /// <summary>The end of a run by an attempt; null when another attempt may follow.</summary>
    public static RunEnd? Check(Observation seen, AttemptLedger ledger)
    {
        if (ledger.End is { Outcome: AttemptOutcome.Rejected } end) return RunEnd.Failed(end.Reason, end.Message);
        if (ledger.Attempts.Failed <= seen.Spec.Retry.BackoffLimit) return null;
        var last = ledger.LastFailure;
        return Exceeded(seen, last is null ? null : new(AttemptOutcome.Failed, last.Reason, last.Message, last.ExitCode), $"{ledger.Attempts.Failed} attempts");
    }

    /// <param name="seen">The run.</param>
    /// <param name="last">The last failure; null when nobody knows it any more.</param>
    /// <param name="who">Who failed too often.</param>
    public static RunEnd Exceeded(Observation seen, AttemptEnd? last, string who)
    {
        // Words that tell more than that it was too often.
        var reason = last?.Reason is ConditionReasons.StorageUnavailable or ConditionReasons.ProgressStalled or ConditionReasons.ScratchExceeded ? last.Reason : ConditionReasons.BackoffLimitExceeded;
        var limit = seen.Spec.Retry.BackoffLimit;
        return RunEnd.Failed(reason, $"Failed: {who}, with spec.retry.backoffLimit {limit}. The last failure: {(last is null ? "unknown, its pod is gone" : $"{last.Reason}: {last.Message}")}");
    }
}
