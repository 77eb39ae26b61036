namespace Inheritune.Trainer.Evaluation;

/// <summary>A context that many sequences share, which the model reads once, and what stands behind it.</summary>
/// <param name="Tokens">The part of it that the group above does not have; empty for the outermost one.</param>
internal sealed record PrefixGroup(ReadOnlyMemory<int> Tokens)
{
    /// <summary>Longer contexts that begin with this one.</summary>
    public List<PrefixGroup> Groups { get; } = [];

    /// <summary>What follows directly.</summary>
    public List<TreeRange> Trees { get; } = [];

    /// <summary>Most tokens that contexts have together, from here inwards.</summary>
    public int Depth => Tokens.Length + Groups.Select(group => group.Depth).DefaultIfEmpty().Max();
}
