using Inheritune.Trainer.Data;

namespace Inheritune.Trainer.Runs;

/// <summary>The data that a run began with.</summary>
public sealed record RunData
{
    public required RunFileSet Training { get; init; }

    /// <summary>Null where validation data is held out of the dataset.</summary>
    public RunFileSet? Validation { get; init; }

    public static RunData Of(DatasetFiles data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var validation = data.Validation is null ? null : RunFileSet.Of(data.Validation);
        return new() { Training = RunFileSet.Of(data.Training), Validation = validation };
    }

    /// <exception cref="RunException">The data is not what it was.</exception>
    public void RequireSame(DatasetFiles data)
    {
        ArgumentNullException.ThrowIfNull(data);
        Training.RequireSame(data.Training);
        if (data.Validation is not null) Validation?.RequireSame(data.Validation);
    }
}
