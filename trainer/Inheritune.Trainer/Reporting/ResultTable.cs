using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Inheritune.Trainer.Reporting;

/// <summary>The results table in its three dresses: terminal, Markdown, and the cells that the HTML page uses.</summary>
public static class ResultTable
{
    /// <summary>Headings; all columns but the first hold numbers.</summary>
    internal static readonly IReadOnlyList<string> Columns =
        ["model", "layers", "parameters", "loss", "perplexity", "gap to the reference", "training tokens", "time"];

    /// <summary>The same for a terminal or a pod's log of 80 columns.</summary>
    private static readonly IReadOnlyList<string> ShortColumns = ["model", "layers", "params", "loss", "ppl", "gap", "tokens", "time"];

    /// <summary>The table for the terminal; the best target is bold.</summary>
    public static IRenderable Render(IReadOnlyList<ResultRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var (i, column) in ShortColumns.Index())
            table.AddColumn(new TableColumn(column) { Alignment = i == 0 ? Justify.Left : Justify.Right, NoWrap = i > 0, Padding = new Padding(0, 0, 1, 0) });
        var best = rows.FindBestTarget();
        foreach (var row in rows)
        {
            var style = ReferenceEquals(row, best) ? new Style(decoration: Decoration.Bold) : Style.Plain;
            table.AddRow(Cells(row, rows).Select(cell => new Text(cell, style)));
        }

        return table;
    }

    /// <summary>A GitHub-flavoured Markdown table, best target bold.</summary>
    public static string ToMarkdown(IReadOnlyList<ResultRow> rows)
    {
        var text = new StringBuilder();
        Line(Columns);
        Line(Columns.Select((_, i) => i == 0 ? "---" : "---:"));
        var best = rows.FindBestTarget();
        foreach (var row in rows)
            Line(Cells(row, rows).Select(Markdown.Escape).Select(cell => ReferenceEquals(row, best) ? $"**{cell}**" : cell));
        return text.ToString();

        void Line(IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    /// <summary>The text of one row, in the order of <see cref="Columns"/>.</summary>
    internal static IReadOnlyList<string> Cells(ResultRow row, IReadOnlyList<ResultRow> rows) =>
    [
        row.Model,
        Numbers.Count(row.Layers),
        Numbers.Count(row.Parameters),
        Numbers.Loss(row.Loss),
        Numbers.Perplexity(row.Perplexity),
        rows.FindReference() is { } reference && row.Model != ResultRows.Reference ? Numbers.Gap(row.Loss - reference.Loss) : Numbers.None,
        row.TrainingTokens > 0 ? Numbers.Count(row.TrainingTokens) : Numbers.None,
        row.Seconds > 0 ? Numbers.Duration(row.Seconds) : Numbers.None,
    ];
}
