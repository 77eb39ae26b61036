using System.Globalization;
using Inheritune.Trainer.Evaluation;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Inheritune.Trainer.Reporting;

/// <summary>The scores of tasks: terminal and the cells that the HTML page uses. Without a reference, its columns are left out.</summary>
public static class ScoreTable
{
    private static readonly string[] Single = ["task", "shots", "documents", "metric", "value"];
    private static readonly string[] Paired = ["task", "shots", "documents", "metric", "reference", "target", "difference", "p"];

    /// <summary>Headings; the first and the metric's hold text.</summary>
    internal static IReadOnlyList<string> Columns(IReadOnlyList<ScoreRow> rows) => IsPaired(rows) ? Paired : Single;

    public static IRenderable Render(IReadOnlyList<ScoreRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in Columns(rows))
            table.AddColumn(new TableColumn(column) { Alignment = column is "task" or "metric" ? Justify.Left : Justify.Right, NoWrap = true, Padding = new Padding(0, 0, 1, 0) });
        foreach (var row in rows) table.AddRow(Cells(row, rows).Select(cell => new Text(cell)));
        return table;
    }

    /// <summary>The text of one row, in the order of <see cref="Columns"/>.</summary>
    internal static IReadOnlyList<string> Cells(ScoreRow row, IReadOnlyList<ScoreRow> rows)
    {
        string[] begin = [row.Task, $"{row.Shots}", Numbers.Count(row.Documents), row.Metric];
        return IsPaired(rows)
            ? [.. begin, Value(row.Reference, row.ReferenceError, "0.0000"), Value(row.Target, row.TargetError, "0.0000"), Value(row.Difference, row.DifferenceError, "+0.0000;-0.0000;0.0000"), PValue(row.PValue)]
            : [.. begin, Value(row.Target, row.TargetError, "0.0000")];
    }

    private static bool IsPaired(IReadOnlyList<ScoreRow> rows) => rows.Any(row => row.Reference is not null);

    private static string Value(double? value, double? error, string format) => value is not { } number
        ? Numbers.None
        : number.ToString(format, CultureInfo.InvariantCulture) + (error is { } e ? string.Create(CultureInfo.InvariantCulture, $" ± {e:0.0000}") : "");

    private static string PValue(double? value) => value switch
    {
        null => Numbers.None,
        < 0.0001 => "<0.0001",
        { } p => p.ToString("0.0000", CultureInfo.InvariantCulture),
    };
}
