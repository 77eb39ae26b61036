namespace Inheritune.Trainer.Reporting;

/// <summary>What several models make of one prompt.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Continuations">Model name, as in <see cref="ResultRow.Model"/>, and its continuation.</param>
public sealed record SampleGeneration(string Prompt, IReadOnlyList<KeyValuePair<string, string>> Continuations);
