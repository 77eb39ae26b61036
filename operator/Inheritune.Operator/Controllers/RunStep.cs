namespace Inheritune.Operator.Controllers;

/// <summary>What a policy makes of a run: its state, its end where it has come, and what is to be done.</summary>
internal sealed record RunStep(RunState State, RunEnd? End, params IReadOnlyList<ChildAction> Actions)
{
    public RunStep(RunState state, params IReadOnlyList<ChildAction> actions)
        : this(state, null, actions)
    {
    }
}
