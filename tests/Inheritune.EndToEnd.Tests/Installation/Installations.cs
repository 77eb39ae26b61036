namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>Tests that install the operator.</summary>
[CollectionDefinition(nameof(Installations))]
public sealed class Installations : ICollectionFixture<InstallationCluster>;
