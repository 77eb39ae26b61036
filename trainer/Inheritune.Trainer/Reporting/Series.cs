using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Reporting;

/// <summary>One line of a plot: finite values over steps, in order.</summary>
internal sealed record Series(IReadOnlyList<(double Step, double Value)> Points)
{
    /// <summary>Takes one metric out of a curve; missing, NaN and infinite values are left out.</summary>
    public static Series Of(RunCurve curve, Func<MetricPoint, double?> metric) =>
        new([.. curve.Points.Where(point => metric(point) is { } value && double.IsFinite(value)).Select(point => ((double)point.Step, metric(point)!.Value))]);

    public double[] Steps => [.. Points.Select(point => point.Step)];

    public double[] Values => [.. Points.Select(point => point.Value)];

    /// <summary>Caps values, so that one spike does not stretch a drawing over millions of pixels.</summary>
    public Series CappedAt(double top) => new([.. Points.Select(point => (point.Step, Math.Min(point.Value, top)))]);

    /// <summary>Centred moving average over a fortieth of the line: a trailing one would lag behind a falling loss.</summary>
    public Series Smoothed()
    {
        var reach = Points.Count / 80;
        var sums = new double[Points.Count + 1];
        for (var i = 0; i < Points.Count; i++) sums[i + 1] = sums[i] + Points[i].Value;
        return new([.. Points.Select((point, i) =>
        {
            // Shorter towards both ends, so that it stays centred there.
            var here = Math.Min(reach, Math.Min(i, Points.Count - 1 - i));
            return (point.Step, (sums[i + here + 1] - sums[i - here]) / (2 * here + 1));
        })]);
    }

    /// <summary>At most <paramref name="limit"/> points: the lowest and the highest of each stretch, so that spikes survive.</summary>
    public Series Downsampled(int limit)
    {
        if (Points.Count <= limit) return this;
        var kept = new List<(double Step, double Value)>(limit);
        var stretches = limit / 2;
        for (var i = 0; i < stretches; i++)
        {
            var start = (int)((long)Points.Count * i / stretches);
            var end = (int)((long)Points.Count * (i + 1) / stretches);
            var stretch = Enumerable.Range(start, end - start).ToArray();
            var low = stretch.MinBy(index => Points[index].Value);
            var high = stretch.MaxBy(index => Points[index].Value);
            kept.Add(Points[Math.Min(low, high)]);
            kept.Add(Points[Math.Max(low, high)]);
        }

        return new(kept);
    }
}
