using System.Globalization;

namespace Inheritune.Benchmarks.Evaluation;

/// <summary>Whose program did the work, and how long it took in each round.</summary>
/// <param name="Name">The program, for people.</param>
internal sealed record Side(string Name)
{
    /// <summary>From the first text to the last answer, without the start of the program and the loading of the model.</summary>
    public List<double> Seconds { get; } = [];

    /// <summary>The whole process.</summary>
    public List<double> Process { get; } = [];

    public double Median => Middle(Seconds);

    /// <summary>How many times as long as another side it took: of the medians, and of the rounds from the least to the most.</summary>
    public string Over(Side other)
    {
        var rounds = Seconds.Zip(other.Seconds, (mine, theirs) => mine / theirs).ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"{Median / other.Median:F2} ({rounds.Min():F2}-{rounds.Max():F2})");
    }

    /// <summary>The same of the whole processes.</summary>
    public string ProcessOver(Side other) => (Middle(Process) / Middle(other.Process)).ToString("F2", CultureInfo.InvariantCulture);

    private static double Middle(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
