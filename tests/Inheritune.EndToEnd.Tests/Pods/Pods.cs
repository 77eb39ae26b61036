namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>Tests whose pods really run, one after another: there is one node and it has one GPU.</summary>
[CollectionDefinition(nameof(Pods), DisableParallelization = true)]
public sealed class Pods : ICollectionFixture<PodCluster>;
