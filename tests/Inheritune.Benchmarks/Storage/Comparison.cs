using System.Globalization;

namespace Inheritune.Benchmarks.Storage;

/// <summary>What our program and rclone took for the same, in seconds.</summary>
/// <param name="Name">What was done.</param>
internal sealed record Comparison(string Name)
{
    /// <summary>Our process.</summary>
    public List<double> Ours { get; } = [];

    /// <summary>The same without the time in which it loads libtorch.</summary>
    public List<double> Work { get; } = [];

    /// <summary>The part of it from the first request to the last byte in its place.</summary>
    public List<double> Transfer { get; } = [];

    public List<double> Rclone { get; init; } = [];

    /// <summary>rclone without its comparison of digests.</summary>
    public List<double> Unchecked { get; init; } = [];

    /// <summary>Medians and ratios, for a row of a table.</summary>
    public IEnumerable<string> Cells =>
    [
        Name, Seconds(Ours), Seconds(Work), Seconds(Transfer),
        Seconds(Rclone), Ratio(Rclone, Ours), Ratio(Rclone, Work), Ratio(Rclone, Transfer),
        Seconds(Unchecked), Ratio(Unchecked, Ours), Ratio(Unchecked, Work), Ratio(Unchecked, Transfer),
    ];

    private static string Seconds(List<double> values) => values.Count == 0 ? "" : Median(values).ToString("0.00 s", CultureInfo.InvariantCulture);

    private static string Ratio(List<double> theirs, List<double> ours) => theirs.Count == 0 ? "" : (Median(theirs) / Median(ours)).ToString("0.00", CultureInfo.InvariantCulture);

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
