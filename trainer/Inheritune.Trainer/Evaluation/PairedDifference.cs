using static TorchSharp.torch;

namespace Inheritune.Trainer.Evaluation;

/// <summary>By how much a model differs from another that was asked the same.</summary>
/// <param name="Difference">The metric's value minus the other's.</param>
/// <param name="StandardError">Of the difference, from the differences in each document; null where the metric is no mean.</param>
/// <param name="PValue">How often a difference as large would come about between equal models; null with fewer than two documents.</param>
internal sealed record PairedDifference(double Difference, double? StandardError, double? PValue)
{
    /// <summary>Compares document by document, which is far sharper than two standard errors: most documents are as hard for the one as for the other.</summary>
    public static PairedDifference Of(MetricScore target, MetricScore reference)
    {
        var parts = target.Parts.Zip(reference.Parts, (t, r) => (t.Weight, Values: t.Observations.Zip(r.Observations, (a, b) => a.Value - b.Value).ToArray())).ToArray();
        var isMean = target.Metric.Aggregation == Aggregation.Mean;
        if (parts.Any(part => part.Values.Length < 2)) return new(target.Value - reference.Value, null, null);

        var mean = parts.Sum(part => part.Weight * part.Values.Average());
        var error = Math.Sqrt(parts.Sum(part => Math.Pow(part.Weight * Statistics.SampleDeviation(part.Values), 2) / part.Values.Length));
        return new(target.Value - reference.Value, isMean ? error : null, error > 0 ? TwoSided(mean / error) : mean == 0 ? 1 : 0);
    }

    /// <summary>Probability of a standard normal value at least as far from 0.</summary>
    private static double TwoSided(double z)
    {
        using var scope = NewDisposeScope();
        return special.erfc(tensor(Math.Abs(z) / Math.Sqrt(2), ScalarType.Float64)).item<double>();
    }
}
