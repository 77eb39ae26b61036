using System.Globalization;

namespace Inheritune.Benchmarks.Training;

/// <summary>The processes of one side for one workload.</summary>
/// <param name="warmUp">Steps of each process that do not count.</param>
internal sealed class Measured(int warmUp)
{
    private readonly List<TrainResult> _runs = [];

    public bool IsEmpty => _runs.Count == 0;

    /// <summary>Seconds of a step, one median for each process.</summary>
    public IReadOnlyList<double> Seconds => [.. _runs.Select(run => Median(run.Seconds[warmUp..]))];

    public double Median() => Median(Seconds);

    public double[] Losses => _runs[0].Losses;

    public long Peak => _runs.Max(run => run.Peak);

    /// <summary>Share of a step of the first process that its matrix products take, each alone in the same process.</summary>
    public double ProductShare => _runs[0].Products / Seconds[0];

    /// <summary>Seconds of a step by kind of operator, of the first process.</summary>
    public IReadOnlyDictionary<string, double>? Kinds => _runs[0].Kinds;

    public string Version => _runs[0].Version;

    public void Add(TrainResult run) => _runs.Add(run);

    /// <summary>How many times as fast <paramref name="ours"/> is: the ratio of the medians, and the lowest and highest of any round.</summary>
    public string RatioTo(Measured ours)
    {
        var rounds = Seconds.Zip(ours.Seconds, (theirs, own) => theirs / own).ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{Median() / ours.Median():F2} ({rounds.Min():F2}-{rounds.Max():F2})");
    }

    private static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
