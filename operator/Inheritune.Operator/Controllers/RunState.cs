using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>What a run that goes on is doing or waiting for: the word of the column STATUS, and a sentence.</summary>
internal sealed record RunState(string Reason, string Message)
{
    public bool IsImageTrouble => PodState.ImageTroubles.Contains(Reason);
}
