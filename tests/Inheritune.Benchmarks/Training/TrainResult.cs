namespace Inheritune.Benchmarks.Training;

/// <summary>What a process of either side reports.</summary>
/// <param name="Losses">Loss of every step, in nats per token.</param>
/// <param name="Seconds">Duration of every step.</param>
/// <param name="Peak">Most resident memory of the process, in bytes.</param>
/// <param name="Version">Name and version of the program.</param>
/// <param name="Products">Seconds of a step's matrix products, each timed alone, attention's not among them; of ours, with a profile.</param>
/// <param name="Kinds">Seconds of a step by kind of operator; of ours, with a profile.</param>
internal sealed record TrainResult(double[] Losses, double[] Seconds, long Peak, string Version, double Products = 0, IReadOnlyDictionary<string, double>? Kinds = null);
