namespace Inheritune.Trainer.Evaluation;

/// <summary>What a model answers to a <see cref="LikelihoodRequest"/>.</summary>
/// <param name="LogLikelihood">The sum of the continuation's token log-probabilities in nats.</param>
/// <param name="Greedy">Whether every token of the continuation is the model's most probable one; false for rolling requests.</param>
public sealed record LikelihoodResult(double LogLikelihood, bool Greedy);
