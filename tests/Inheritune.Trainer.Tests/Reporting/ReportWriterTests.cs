using System.Xml;
using System.Xml.Linq;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Tests.Reporting;

public sealed class ReportWriterTests : IDisposable
{
    private static readonly XNamespace Html = "http://www.w3.org/1999/xhtml";
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Page_is_well_formed_with_every_section_and_needs_nothing_but_itself()
    {
        var page = Write(SampleReports.Full());

        Assert.Equal(["results", "plots", "samples", "recipe", "facts"], page.Descendants(Html + "section").Select(section => section.Attribute("id")!.Value));
        Assert.Equal("en", page.Root!.Attribute("lang")!.Value);
        Assert.Equal(["96.5 %", "1.5955", "167.0K", "409.6K", "1m 05s"], page.Descendants(Html + "dd").Elements(Html + "strong").Select(value => value.Value));
        Assert.All(page.Descendants(Html + "th"), header => Assert.NotNull(header.Attribute("scope")));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href");
        Assert.DoesNotContain("@import", _folder.Text("report.html"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_plot_is_in_the_page_and_in_files_and_has_a_name_for_screen_readers()
    {
        var page = Write(SampleReports.Full());

        string[] names = ["loss", "learning-rate", "throughput", "gradient-norm"];
        Assert.Equal(names, page.Descendants(Html + "figure").Select(figure => figure.Attribute("id")!.Value));
        Assert.All(page.Descendants(Svg + "svg"), svg => Assert.NotEmpty(svg.Attribute("aria-label")!.Value));
        var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToArray();
        Assert.Equal(ids.Distinct(), ids);
        foreach (var name in names)
        {
            Assert.Equal(Svg + "svg", XDocument.Load(_folder.File($"plots/{name}.svg")).Root!.Name);
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(_folder.File($"plots/{name}.png"))[..4]);
        }
    }

    [Fact]
    public void The_same_report_gives_the_same_bytes()
    {
        Write(SampleReports.Full());
        var first = _folder.Text("report.html");

        Write(SampleReports.Full());

        Assert.Equal(first, _folder.Text("report.html"));
    }

    [Fact]
    public void Loss_plot_names_its_lines_and_the_reference_in_the_font_that_the_assembly_carries()
    {
        Write(SampleReports.Full());

        var texts = XDocument.Load(_folder.File("plots/loss.svg")).Descendants(Svg + "text").Select(text => text.Value).ToArray();
        Assert.Superset(
            new HashSet<string> { "inherited, training", "inherited, validation", "random initialisation, training", "reference 1.5034", "step" },
            texts.ToHashSet());
        Assert.Equal(PlotFont.Family, ScottPlot.Fonts.GetTypeface(ScottPlot.Fonts.Default, bold: true, italic: false).FamilyName);
    }

    [Fact]
    public void Best_target_is_emphasised_and_the_reference_has_no_gap()
    {
        var full = SampleReports.Full();
        var page = Write(full with { Results = [.. full.Results, new("target, round 2", 4, 200_000, 1.4, 800_000, 130)] });

        var best = Assert.Single(page.Descendants(Html + "tr"), row => row.Attribute("class")?.Value == "best");
        Assert.Equal(["target, round 2", "4", "200.0K", "1.4000", "4.06", "-0.1034", "800.0K", "2m 10s"], best.Elements().Select(cell => cell.Value));
        var reference = page.Descendants(Html + "tr").Single(row => row.Elements().First().Value == "reference");
        Assert.Equal(Numbers.None, reference.Elements().ElementAt(5).Value);
    }

    [Fact]
    public void Markup_and_control_characters_in_foreign_text_stay_text()
    {
        const string Evil = "<script>alert('1')</script> & \"]]>\n\u0001\ud800 –";
        const string Shown = "<script>alert('1')</script> & \"]]>\n\uFFFD\uFFFD –";
        var full = SampleReports.Full();
        var page = Write(full with
        {
            Title = Evil,
            Summary = Evil,
            Recipe = Evil,
            Curves = [full.Curves[0] with { Name = Evil }],
            Results = [full.Results[2] with { Model = Evil }],
            Samples = [new(Evil, [new(Evil, Evil)])],
            Facts = [new(Evil, Evil)],
        });

        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName == "script");
        Assert.Equal(Shown, page.Descendants(Html + "h1").Single().Value);
        Assert.Equal(Shown, page.Descendants(Html + "code").Single().Value);
        Assert.Equal(Shown + Shown, page.Descendants(Html + "p").Single(p => p.Attribute("class")?.Value == "text").Value);
    }

    [Fact]
    public void One_point_without_reference_and_samples_is_enough()
    {
        var full = SampleReports.Full();
        var page = Write(full with
        {
            Curves = [new("from scratch", [new() { Step = 1, Tokens = 1024, Loss = 5.5 }])],
            Results = [full.Results[2]],
            Samples = [],
        });

        Assert.Equal("loss", Assert.Single(page.Descendants(Html + "figure")).Attribute("id")!.Value);
        Assert.DoesNotContain("gap closed", page.Root!.Value, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("reference 1", page.Root!.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(page.Descendants(Html + "section"), section => section.Attribute("id")!.Value == "samples");
    }

    [Fact]
    public void A_diverged_run_shows_where_it_diverged_and_keeps_the_scale_of_what_came_before()
    {
        var full = SampleReports.Full();
        var spike = new MetricPoint { Step = 301, Tokens = 1, Loss = 1e30, GradientNorm = 1e30 };
        var end = new MetricPoint { Step = 302, Tokens = 1, Loss = double.NaN, ValidationLoss = double.PositiveInfinity, GradientNorm = double.NaN };
        var page = Write(full with
        {
            Curves = [full.Curves[0] with { Points = [.. full.Curves[0].Points, spike, end] }],
            Results = [.. full.Results.Take(2), full.Results[2] with { Loss = double.NaN }],
        });

        var loss = page.Descendants(Html + "figure").First();
        Assert.Contains(loss.Descendants(Svg + "text"), text => text.Value == "inherited, diverged at step 302");
        Assert.Contains(loss.Descendants(Svg + "text"), text => text.Value == "4");
        Assert.Contains("cut off, up to 1e30", loss.Element(Html + "figcaption")!.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(page.Descendants(Svg + "path").Attributes("d"), path => path.Value.Contains("nan", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(page.Descendants(Html + "tr"), row => row.Attribute("class")?.Value == "best");
    }

    [Fact]
    public void Nothing_at_all_still_makes_a_page()
    {
        var page = Write(SampleReports.Full() with { Curves = [], Results = [], Samples = [], Facts = [], Recipe = "" });

        Assert.Empty(page.Descendants(Html + "section"));
        Assert.Equal("Stories, 3 of 5 blocks", page.Descendants(Html + "h1").Single().Value);
    }

    [Fact]
    public void A_hundred_thousand_steps_fit_into_a_small_page()
    {
        var full = SampleReports.Full();
        Write(full with { Curves = [SampleReports.Curve("inherited", 100_000, 6, 2.5, seed: 1), SampleReports.Curve("random", 100_000, 8, 2.7, seed: 2)] });

        Assert.InRange(new FileInfo(_folder.File("report.html")).Length, 1, 500_000);
    }

    [Fact]
    public void Downsampling_keeps_the_lowest_and_the_highest_value_and_the_order()
    {
        var series = new Series([.. Enumerable.Range(0, 10_000).Select(i => ((double)i, i == 4321 ? 50.0 : i == 4322 ? -50 : i % 7))]);

        var small = series.Downsampled(200);

        Assert.Equal(200, small.Points.Count);
        Assert.Contains((4321, 50), small.Points);
        Assert.Contains((4322, -50), small.Points);
        Assert.Equal(small.Steps.Order(), small.Steps);
    }

    [Fact]
    public void Smoothing_does_not_lag_behind_a_falling_line()
    {
        var series = new Series([.. Enumerable.Range(0, 800).Select(i => ((double)i, 10 - i * 0.01))]);

        Assert.All(series.Smoothed().Points.Zip(series.Points), pair => Assert.Equal(pair.Second.Value, pair.First.Value, 1e-9));
    }

    private XDocument Write(RunReport report)
    {
        ReportWriter.Write(report, _folder.Store);
        using var reader = XmlReader.Create(_folder.File("report.html"), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }
}
