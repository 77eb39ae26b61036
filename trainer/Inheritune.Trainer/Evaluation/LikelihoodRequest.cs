namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// One question to a language model: the log-likelihood of a continuation after a context, as lm-evaluation-harness asks it.
/// A null <paramref name="Continuation"/> asks for the rolling log-likelihood of the whole <paramref name="Context"/> (perplexity tasks):
/// windows of the model's length that do not overlap, the first one conditioned on the end-of-text token.
/// </summary>
/// <param name="Task">The task's name.</param>
/// <param name="Document">The document's index in its file, counted from 0 after <c>--limit</c> and shuffling.</param>
/// <param name="Index">The request's index within its document.</param>
/// <param name="Context">The prompt; may be empty, then the end-of-text token is the context.</param>
/// <param name="Continuation">What is scored after the prompt, with the space before it.</param>
public sealed record LikelihoodRequest(string Task, int Document, int Index, string Context, string? Continuation);
