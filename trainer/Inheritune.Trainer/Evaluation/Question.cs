namespace Inheritune.Trainer.Evaluation;

/// <summary>A request before the few-shot examples are put in front of it.</summary>
/// <param name="Prompt">The end of the context.</param>
/// <param name="Continuation">What is scored after it, with the space before it; null for the prompt's own likelihood.</param>
internal readonly record struct Question(string Prompt, string? Continuation);
