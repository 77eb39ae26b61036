namespace Inheritune.Operator.Runtime;

internal sealed record ControllerOptions
{
    /// <summary>Entities looked at in parallel. They wait for the API server, not for a processor.</summary>
    public int Workers { get; init; } = 16;

    /// <summary>Every entity is looked at again about so often, whatever was missed.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromMinutes(10);
}
