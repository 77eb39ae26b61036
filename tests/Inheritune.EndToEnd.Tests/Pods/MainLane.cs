namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>Tests one after another on the one GPU of the node, beside those of <see cref="SideLane"/>: each happens within a namespace of its own.</summary>
[CollectionDefinition(nameof(MainLane))]
public sealed class MainLane;
