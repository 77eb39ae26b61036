using Inheritune.Trainer.Evaluation;
using static Inheritune.Trainer.Reporting.Html;

namespace Inheritune.Trainer.Reporting;

/// <summary>The report as an HTML page that also parses as XML. A section without content is left out.</summary>
internal static class ReportPage
{
    public static string Render(RunReport report, IReadOnlyList<MetricPlot> plots) => $"""
        <!DOCTYPE html>
        <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
        <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{Encode(report.Title)}</title>
        <style>
        {Style()}
        </style>
        </head>
        <body>
        <main>
        <header>
        <p class="kicker">Inheritune run</p>
        <h1>{Encode(report.Title)}</h1>
        <p class="summary">{Encode(report.Summary)}</p>
        {Join(report.Faults, fault => $"""<p class="fault" role="alert">{Encode(fault)}</p>""")}
        </header>
        {KeyFigures(KeyFigure.Of(report))}
        {Results(report.Results)}
        {Tasks(report.Tasks)}
        {Plots(plots)}
        {TimeSpent.Render(report.Curves is [var first, ..] ? first.Points : [])}
        {Samples(report.Samples)}
        {Recipe(report.Recipe)}
        {Facts(report.Facts)}
        </main>
        </body>
        </html>

        """.ReplaceLineEndings("\n");

    private static string Style()
    {
        using var reader = new StreamReader(typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")!);
        return reader.ReadToEnd();
    }

    private static string KeyFigures(IReadOnlyList<KeyFigure> figures) => figures.Count == 0 ? "" : $"""
        <dl class="figures">
        {Join(figures, figure => $"""
            <div>
            <dt>{Encode(figure.Label)}</dt>
            <dd><strong>{Encode(figure.Value)}</strong> <span>{Encode(figure.Note)}</span></dd>
            </div>
            """)}
        </dl>
        """;

    private static string Results(IReadOnlyList<ResultRow> rows)
    {
        if (rows.Count == 0) return "";
        var best = rows.FindBestTarget();
        return $"""
            <section id="results">
            <h2>Results</h2>
            <div class="wide" tabindex="0" role="region" aria-label="Results table">
            <table>
            <thead><tr>{Join(ResultTable.Columns, column => $"""<th scope="col">{Encode(column)}</th>""")}</tr></thead>
            <tbody>
            {Join(rows, Row)}
            </tbody>
            </table>
            </div>
            <p class="note">Loss over the whole validation data in nats per token; lower is better.</p>
            </section>
            """;

        string Row(ResultRow row)
        {
            var cells = ResultTable.Cells(row, rows);
            return $"""
                <tr{(ReferenceEquals(row, best) ? " class=\"best\"" : "")}><th scope="row">{Encode(cells[0])}</th>{Join(cells.Skip(1), cell => $"<td>{Encode(cell)}</td>")}</tr>
                """;
        }
    }

    private static string Tasks(IReadOnlyList<ScoreRow> rows) => rows.Count == 0 ? "" : $"""
        <section id="tasks">
        <h2>Tasks</h2>
        <div class="wide" tabindex="0" role="region" aria-label="Scores table">
        <table>
        <thead><tr>{Join(ScoreTable.Columns(rows), column => $"""<th scope="col">{Encode(column)}</th>""")}</tr></thead>
        <tbody>
        {Join(rows, row => $"""<tr><th scope="row">{Encode(row.Task)}</th>{Join(ScoreTable.Cells(row, rows).Skip(1), cell => $"<td>{Encode(cell)}</td>")}</tr>""")}
        </tbody>
        </table>
        </div>
        <p class="note">As lm-evaluation-harness computes them, with standard errors; difference and p from pairs of answers to the same question.</p>
        </section>
        """;

    private static string Plots(IReadOnlyList<MetricPlot> plots) => plots.Count == 0 ? "" : $"""
        <section id="plots">
        <h2>Training</h2>
        <div class="plots">
        {Join(plots, plot => $"""
            <figure class="plot" id="{plot.Name}">
            <figcaption>{Encode(plot.Title)} <small>{Encode(plot.Note)}</small></figcaption>
            <div class="wide">{plot.Svg}</div>
            </figure>
            """)}
        </div>
        </section>
        """;

    private static string Samples(IReadOnlyList<SampleGeneration> samples) => samples.Count == 0 ? "" : $"""
        <section id="samples">
        <h2>Samples</h2>
        <p class="note">The prompt is <b class="prompt">set apart</b>; what follows is the model's.</p>
        {Join(samples, sample => $"""
            <div class="sample">
            {Join(sample.Continuations, text => $"""
                <article>
                <h3>{Encode(text.Key)}</h3>
                <p class="text" dir="auto"><b class="prompt">{Encode(sample.Prompt)}</b>{Encode(text.Value)}</p>
                </article>
                """)}
            </div>
            """)}
        </section>
        """;

    private static string Recipe(string yaml) => string.IsNullOrWhiteSpace(yaml) ? "" : $"""
        <section id="recipe">
        <h2>Recipe</h2>
        <details>
        <summary>Show the manifest, defaults included</summary>
        <pre><code>{Encode(yaml)}</code></pre>
        </details>
        </section>
        """;

    private static string Facts(IReadOnlyList<KeyValuePair<string, string>> facts) => facts.Count == 0 ? "" : $"""
        <section id="facts">
        <h2>Provenance</h2>
        <table class="facts">
        <tbody>
        {Join(facts, fact => $"""<tr><th scope="row">{Encode(fact.Key)}</th><td>{Encode(fact.Value)}</td></tr>""")}
        </tbody>
        </table>
        </section>
        """;

    private static string Join<T>(IEnumerable<T> items, Func<T, string> html) => string.Join('\n', items.Select(html));
}
