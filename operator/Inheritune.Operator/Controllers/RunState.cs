using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>What a run that goes on is doing or waiting for: the word of the column STATUS, and a sentence.</summary>
internal sealed record RunState(string Reason, string Message)
{
    /// <summary>A state that as a rule passes in less is not worth a write of the status, nor the time to read it.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    /// <summary>What the column STATUS shows: the reason, or more exactly what the trainer is at.</summary>
    public string Summary { get; init; } = Reason;

    /// <summary>When it began, of a state that as a rule passes in a moment.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When it is looked at again at the latest, of a state whose end nobody tells; null where it is told.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>When such a state has lasted long enough to be spoken of.</summary>
    public DateTimeOffset? Settles => Since + Moment;

    public bool IsImageTrouble => PodState.ImageTroubles.Contains(Reason);
}
