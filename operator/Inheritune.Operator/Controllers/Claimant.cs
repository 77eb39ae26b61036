namespace Inheritune.Operator.Controllers;

/// <summary>A run that wants an output. Of two the lesser one has it: the one that has begun, then the older one.</summary>
internal sealed record Claimant(bool HasBegun, DateTime Created, string Namespace, string Name) : IComparable<Claimant>
{
    public int CompareTo(Claimant? other) => other is null ? 1 : Key.CompareTo(other.Key);

    private (bool Waits, DateTime Created, string Namespace, string Name) Key => (!HasBegun, Created, Namespace, Name);
}
