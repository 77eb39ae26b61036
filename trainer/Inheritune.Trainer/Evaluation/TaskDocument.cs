namespace Inheritune.Trainer.Evaluation;

/// <summary>A document of a task: what is asked about it, how the answers are scored, and how it looks as a few-shot example.</summary>
internal sealed record TaskDocument
{
    /// <summary>In the harness's order.</summary>
    public required IReadOnlyList<Question> Questions { get; init; }

    /// <summary>Makes of the answers, in the order of <see cref="Questions"/>, one observation for each of the task's metrics.</summary>
    public required Func<IReadOnlyList<LikelihoodResult>, IReadOnlyList<Observation>> Score { get; init; }

    /// <summary>The prompt with the right answer after it; null where a task has no examples.</summary>
    public required string? Example { get; init; }
}
