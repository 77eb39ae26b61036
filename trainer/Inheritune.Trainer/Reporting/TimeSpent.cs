using System.Globalization;
using Inheritune.Trainer.Training;
using static Inheritune.Trainer.Reporting.Html;

namespace Inheritune.Trainer.Reporting;

/// <summary>The report's table of where the time of the training went, for a run with <c>--profile</c>.</summary>
internal static class TimeSpent
{
    /// <summary>The section; nothing for a run without profile.</summary>
    public static string Render(IReadOnlyList<MetricPoint> points)
    {
        var activities = Sum(points.Select(point => point.Activities));
        if (activities.Count == 0) return "";
        var wall = activities.Sum(a => a.Seconds);
        var operators = Sum(points.Select(point => point.Operators));
        operators.Add(("own kernels and everything outside of libtorch", wall - operators.Sum(o => o.Seconds)));
        return $"""
            <section id="time">
            <h2>Where the time went</h2>
            {Table("activity", activities, wall)}
            {Table("kind of operation", operators, wall)}
            </section>
            """;
    }

    private static List<(string Name, double Seconds)> Sum(IEnumerable<IReadOnlyDictionary<string, double>?> parts) =>
        [.. parts.SelectMany(part => part ?? new Dictionary<string, double>()).GroupBy(p => p.Key).Select(g => (g.Key, g.Sum(p => p.Value))).OrderByDescending(p => p.Item2)];

    private static string Table(string title, List<(string Name, double Seconds)> rows, double wall) => $"""
        <table>
        <thead><tr><th scope="col">{Encode(title)}</th><th scope="col">seconds</th><th scope="col">share</th></tr></thead>
        <tbody>
        {string.Concat(rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Encode(row.Name)}</th><td>{row.Seconds:F1}</td><td>{row.Seconds / wall:P1}</td></tr>")))}
        </tbody>
        </table>
        """;
}
