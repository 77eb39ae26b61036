using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>The end of an attempt, and its reason in one word and in a sentence.</summary>
internal sealed record AttemptEnd(AttemptOutcome Outcome, string Reason, string Message, int? ExitCode = null, RunResults? Results = null)
{
    /// <summary>For the end of its sentence; see <see cref="TerminationMessage.Remark"/>.</summary>
    public string Remark { get; init; } = "";

    /// <summary>What its trainer said last of how far it had come.</summary>
    public RunProgress? Progress { get; init; }

    /// <summary>No other attempt is to follow, whatever the Job controller has started meanwhile.</summary>
    public bool IsFinal => Outcome is AttemptOutcome.Succeeded or AttemptOutcome.Rejected;
}
