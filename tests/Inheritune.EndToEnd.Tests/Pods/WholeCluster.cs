namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>Tests of what all pods share, and of the time that a run takes: nothing else goes on beside them.</summary>
[CollectionDefinition(nameof(WholeCluster), DisableParallelization = true)]
public sealed class WholeCluster;
