namespace Inheritune.Trainer.Evaluation;

/// <summary>Values and standard errors as the harness computes them.</summary>
internal static class Statistics
{
    /// <summary>The harness's number of bootstrap samples, in chunks with a seed each.</summary>
    private const int BootstrapChunks = 100;
    private const int ChunkSamples = 1000;

    public static double Aggregate(Aggregation aggregation, IReadOnlyList<Observation> observations) => aggregation switch
    {
        Aggregation.Mean => observations.Sum(o => o.Value) / observations.Count,
        Aggregation.Perplexity => Math.Exp(-observations.Sum(o => o.Value) / observations.Count),
        Aggregation.WeightedPerplexity => Math.Exp(-WeightedMean(observations)),
        Aggregation.BitsPerByte => -WeightedMean(observations) / Math.Log(2),
        _ => throw new ArgumentOutOfRangeException(nameof(aggregation)),
    };

    /// <summary>Null where the harness gives none: with one document, and for weighted metrics.</summary>
    public static double? StandardError(Aggregation aggregation, IReadOnlyList<Observation> observations) => aggregation switch
    {
        _ when observations.Count < 2 => null,
        Aggregation.Mean => SampleDeviation([.. observations.Select(o => o.Value)]) / Math.Sqrt(observations.Count),
        Aggregation.Perplexity => Bootstrap([.. observations.Select(o => o.Value)]),
        _ => null,
    };

    public static double SampleDeviation(double[] values)
    {
        var mean = values.Sum() / values.Length;
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }

    private static double WeightedMean(IReadOnlyList<Observation> observations) => observations.Sum(o => o.Value) / observations.Sum(o => o.Weight);

    /// <summary>Deviation of the perplexity over samples drawn with replacement by Python's generator, so that it is the harness's number.</summary>
    private static double Bootstrap(double[] values)
    {
        var perplexities = new double[BootstrapChunks * ChunkSamples];
        Parallel.For(0, BootstrapChunks, chunk =>
        {
            var random = new PythonRandom((uint)chunk);
            for (var sample = 0; sample < ChunkSamples; sample++)
            {
                var sum = 0.0;
                for (var i = 0; i < values.Length; i++) sum += values[(int)(random.Unit() * values.Length)];
                perplexities[chunk * ChunkSamples + sample] = Math.Exp(-sum / values.Length);
            }
        });
        return SampleDeviation(perplexities);
    }
}
