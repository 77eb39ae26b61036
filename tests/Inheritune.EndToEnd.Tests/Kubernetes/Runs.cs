namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Tests that need the CRD.</summary>
[CollectionDefinition(nameof(Runs))]
public sealed class Runs : ICollectionFixture<RunApis>;
