namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Tests that are about seconds, or that stop the API server which all share.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
