namespace Inheritune.Trainer.Models;

/// <summary>Parameters of <c>rope_scaling</c> of type <c>llama3</c>.</summary>
public sealed record Llama3Scaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, double OriginalContextLength);
