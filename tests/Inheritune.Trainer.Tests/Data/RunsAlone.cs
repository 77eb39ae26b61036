namespace Inheritune.Trainer.Tests.Data;

/// <summary>Tests that measure the whole process.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public sealed class RunsAlone;
