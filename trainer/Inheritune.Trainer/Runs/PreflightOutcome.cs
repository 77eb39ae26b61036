using Inheritune.Api;

namespace Inheritune.Trainer.Runs;

/// <summary>What is known of a run before it begins.</summary>
/// <param name="Name">Name of the run.</param>
/// <param name="Output">Its output.</param>
/// <param name="Attempts">How many processes have worked on it; 0 when the output is free.</param>
/// <param name="Results">The results, if the run is complete.</param>
public sealed record PreflightOutcome(string Name, string Output, int Attempts, RunResults? Results)
{
    public bool AlreadyComplete => Results is not null;

    /// <summary>How far the run had come; null when it is not complete.</summary>
    public RunProgress? Progress { get; init; }

    /// <summary>What is to be expected; null when the run is complete.</summary>
    public RunForecast? Forecast { get; init; }
}
