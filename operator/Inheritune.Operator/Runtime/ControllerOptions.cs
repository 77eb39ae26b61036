namespace Inheritune.Operator.Runtime;

internal sealed record ControllerOptions
{
    /// <summary>Entities looked at in parallel.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Every entity is looked at again about so often, whatever was missed.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromMinutes(10);
}
