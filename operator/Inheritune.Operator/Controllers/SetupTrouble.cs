namespace Inheritune.Operator.Controllers;

/// <summary>What keeps a node from preparing a pod, in the words of an Event, such as FailedMount.</summary>
internal sealed record SetupTrouble(string Reason, string Message);
