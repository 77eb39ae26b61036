using System.Text;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Reporting;

/// <summary>Writes the report of a run: one HTML page that needs nothing but itself, and its plots as files.</summary>
public static class ReportWriter
{
    public const string Key = "report.html";

    /// <summary>Writes report.html, plots/*.svg and plots/*.png.</summary>
    public static void Write(RunReport report, IObjectStore output)
    {
        var plots = MetricPlots.Draw(report);
        foreach (var plot in plots)
        {
            output.Write($"plots/{plot.Name}.svg", stream => stream.Write(Encoding.UTF8.GetBytes(plot.Svg)));
            output.Write($"plots/{plot.Name}.png", stream => stream.Write(plot.Png));
        }

        // Last: whoever finds the page finds the plots as well.
        output.Write(Key, stream => stream.Write(Encoding.UTF8.GetBytes(ReportPage.Render(report, plots))));
    }
}
