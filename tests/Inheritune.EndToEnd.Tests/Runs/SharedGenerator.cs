namespace Inheritune.EndToEnd.Tests.Runs;

/// <summary>Tests that train with dropout within this process, whose threads share libtorch's generator: never two at once.</summary>
[CollectionDefinition(nameof(SharedGenerator))]
public sealed class SharedGenerator;
