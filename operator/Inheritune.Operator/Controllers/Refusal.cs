namespace Inheritune.Operator.Controllers;

/// <summary>What the API server has against something that is to be done for a run.</summary>
/// <param name="Message">Its own sentence.</param>
/// <param name="Since">When it said so first, of a fault that may pass by itself in a moment; null where someone must do something.</param>
/// <param name="Retry">When it is asked again.</param>
internal sealed record Refusal(string Message, DateTimeOffset? Since, DateTimeOffset Retry);
