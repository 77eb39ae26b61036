namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>Tests that redirect the console, which all threads of the process share.</summary>
[CollectionDefinition(nameof(OneAtATime), DisableParallelization = true)]
public sealed class OneAtATime;
