using System.Globalization;

namespace Inheritune.Benchmarks.Operator;

/// <summary>Order statistics, and figures of a process.</summary>
internal static class Figures
{
    /// <summary>The value that a share of all values does not exceed.</summary>
    public static double Quantile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>Median, 99th percentile and maximum, for cells of a table.</summary>
    public static string[] Cells(IReadOnlyCollection<double> seconds) => [.. new[] { 0.5, 0.99, 1 }.Select(share => Seconds(Quantile(seconds, share)))];

    public static string Seconds(double seconds) => seconds.ToString("0.00 s", CultureInfo.InvariantCulture);

    /// <summary>Resident memory in bytes; the kernel gives it in kB.</summary>
    public static long Resident(int process) => long.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10;

    /// <summary>Processor time in seconds; the kernel counts hundredths.</summary>
    public static double ProcessorSeconds(int process)
    {
        var fields = File.ReadAllText($"/proc/{process}/stat").Split(") ")[1].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    /// <summary>Sum of the samples of a counter in Prometheus' text format.</summary>
    /// <param name="text">The metrics.</param>
    /// <param name="name">The counter.</param>
    /// <param name="counts">Whether a sample with these labels does.</param>
    public static double Sum(string text, string name, Func<string, bool> counts) => text.Split('\n')
        .Where(line => line.StartsWith($"{name}{{", StringComparison.Ordinal) && counts(line))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
}
