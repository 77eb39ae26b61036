namespace Inheritune.Operator.Runtime;

/// <summary>Work that only a leader does.</summary>
internal interface IController
{
    /// <summary>Works until it is cancelled.</summary>
    Task RunAsync(CancellationToken stop);
}
