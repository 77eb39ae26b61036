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

    /// <summary>Exponential moving average over about a fortieth of the line, started at the first value.</summary>
    public Series Smoothed()
    {
        var weight = 2 / (Points.Count / 40.0 + 1);
        var average = Points.Count == 0 ? 0 : Points[0].Value;
        return new([.. Points.Select(point => (point.Step, average += Math.Min(1, weight) * (point.Value - average)))]);
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
