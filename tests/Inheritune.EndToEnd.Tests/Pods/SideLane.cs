namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>Tests one after another with a store of their own, which may go away, and a slice of a GPU, beside those of <see cref="MainLane"/>.</summary>
[CollectionDefinition(nameof(SideLane))]
public sealed class SideLane;
