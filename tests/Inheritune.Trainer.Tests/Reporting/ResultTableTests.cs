using System.Text.Json;
using Inheritune.Trainer.Reporting;
using Spectre.Console;

namespace Inheritune.Trainer.Tests.Reporting;

public sealed class ResultTableTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(999, "999")]
    [InlineData(409_600, "409.6K")]
    [InlineData(999_949, "999.9K")]
    [InlineData(999_950, "1.0M")]
    [InlineData(3_400_000, "3.4M")]
    [InlineData(1_500_000_000, "1.5B")]
    public void Counts_have_one_decimal_and_a_unit(long count, string text) => Assert.Equal(text, Numbers.Count(count));

    [Theory]
    [InlineData(4.25, "4.3s")]
    [InlineData(59.99, "1m 00s")]
    [InlineData(65.2, "1m 05s")]
    [InlineData(7380, "2h 03m")]
    [InlineData(273_600, "3d 04h")]
    public void Durations_have_two_units(double seconds, string text) => Assert.Equal(text, Numbers.Duration(seconds));

    [Fact]
    public void Markdown_table_aligns_numbers_and_emphasises_the_best_target()
    {
        var rows = SampleReports.Full().Results;

        Assert.Equal("""
            | model | layers | parameters | loss | perplexity | gap to the reference | training tokens | time |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
            | reference | 5 | 260.0K | 1.5034 | 4.50 | – | – | – |
            | target at step 0 | 3 | 167.0K | 4.1207 | 61.60 | +2.6173 | – | – |
            | **target** | **3** | **167.0K** | **1.5955** | **4.93** | **+0.0921** | **409.6K** | **1m 05s** |
            | random initialisation | 3 | 167.0K | 2.0893 | 8.08 | +0.5859 | 409.6K | 1m 07s |

            """, ResultTable.ToMarkdown(rows), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_model_name_cannot_break_a_table()
    {
        ResultRow[] rows = [new("a|b\n<i>[red]", 1, 1, 1, 0, 0)];

        Assert.Contains(@"| a\|b \<i\>\[red\] | 1 |", ResultTable.ToMarkdown(rows), StringComparison.Ordinal);
        Assert.Contains("[red]", Terminal(rows), StringComparison.Ordinal);
    }

    [Fact]
    public void Terminal_table_fits_eighty_columns()
    {
        var lines = Terminal(SampleReports.Full().Results).Split('\n');

        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        Assert.Contains(lines, line => line.Contains("1.5955", StringComparison.Ordinal) && line.Contains("+0.0921", StringComparison.Ordinal));
    }

    [Fact]
    public void Gap_closed_needs_a_target_that_started_behind_the_reference()
    {
        var rows = SampleReports.Full().Results;

        Assert.Equal((4.1207 - 1.5955) / (4.1207 - 1.5034), rows.GapClosed()!.Value, 1e-12);
        Assert.Null(rows.Where(row => row.Model != ResultRows.Reference).ToArray().GapClosed());
        Assert.Null(rows.Select(row => row.Model == ResultRows.TargetAtStart ? row with { Loss = 1.5 } : row).ToArray().GapClosed());
    }

    [Fact]
    public void Results_file_holds_rows_facts_and_a_loss_that_is_not_a_number()
    {
        using var folder = new TemporaryFolder();
        var full = SampleReports.Full();
        ResultsFile.Write(full with { Results = [.. full.Results, new("target, round 2", 4, 1, double.NaN, 1, 1)] }, folder.Store);

        var json = JsonDocument.Parse(folder.Text("results.json")).RootElement;
        Assert.Equal("target", json.GetProperty("best").GetProperty("model").GetString());
        Assert.Equal(1.5034, json.GetProperty("reference").GetProperty("loss").GetDouble());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("results")[4].GetProperty("loss").ValueKind);
        Assert.Equal("0.1.0", json.GetProperty("facts").GetProperty("Version").GetString());

        var again = ResultsFile.Read(folder.Store, full.Curves);
        Assert.Equal(full.Results, again.Results.SkipLast(1));
        Assert.Equal(full.Facts, again.Facts);
        Assert.Equal(full.Samples.Select(s => s.Prompt), again.Samples.Select(s => s.Prompt));
    }

    private static string Terminal(IReadOnlyList<ResultRow> rows)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = 80;
        console.Write(ResultTable.Render(rows));
        return writer.ToString();
    }
}
