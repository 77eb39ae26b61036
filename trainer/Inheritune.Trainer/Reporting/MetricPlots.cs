using Inheritune.Trainer.Training;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Inheritune.Trainer.Reporting;

/// <summary>Draws a run's metrics over its steps.</summary>
internal static class MetricPlots
{
    /// <summary>Two points a pixel column are all that a screen can show of a long run.</summary>
    private const int RawPoints = 1200;

    private const int SmoothPoints = 500;

    /// <summary>Below this a line is shown with its points and without smoothing.</summary>
    private const int FewPoints = 20;

    /// <summary>The run itself, then what it is compared with; distinguishable with impaired colour vision (Okabe and Ito, 2008).</summary>
    private static readonly Color[] Palette = [.. new[] { "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00" }.Select(Color.FromHex)];

    private static readonly Color Ink = Color.FromHex("#3b4252");

    /// <summary>The plots that have something to show, the loss first.</summary>
    public static IReadOnlyList<MetricPlot> Draw(RunReport report)
    {
        PlotFont.Register();
        return
        [
            .. new[]
            {
                Loss(report),
                Metric(report, "learning-rate", "Learning rate", "Learning rate", point => point.LearningRate, smooth: false),
                Metric(report, "throughput", "Throughput", "Throughput in tokens per second", point => point.TokensPerSecond, smooth: true),
                Metric(report, "gradient-norm", "Gradient norm", "Norm of the gradient before clipping", point => point.GradientNorm, smooth: true),
            }.OfType<MetricPlot>(),
        ];
    }

    private static MetricPlot? Loss(RunReport report)
    {
        var training = report.Curves.Select(curve => Series.Of(curve, point => point.Loss)).ToArray();
        var validation = report.Curves.Select(curve => Series.Of(curve, point => point.ValidationLoss)).ToArray();
        var reference = report.Results.FindReference() is { } row && double.IsFinite(row.Loss) ? row : null;
        var frame = Frame.Around(report, [.. training, .. validation], reference is null ? [] : [reference.Loss]);
        if (frame is null) return null;

        using var plot = NewPlot("loss, nats per token", frame);
        for (var i = 0; i < report.Curves.Count; i++)
        {
            var color = Palette[i % Palette.Length];
            AddNoisy(plot, training[i].CappedAt(frame.Cap), color, $"{report.Curves[i].Name}, training");
            AddLine(plot, validation[i].CappedAt(frame.Cap).Downsampled(SmoothPoints), color.Darken(0.25), 1.6f, markers: true, $"{report.Curves[i].Name}, validation");
            if (report.Curves[i].Points.FirstOrDefault(point => IsBroken(point.Loss) || IsBroken(point.ValidationLoss)) is { } broken)
            {
                var line = plot.Add.VerticalLine(broken.Step, 1.2f, color, LinePattern.Dotted);
                line.LegendText = $"{report.Curves[i].Name}, diverged at step {broken.Step}";
            }
        }

        if (reference is not null)
        {
            plot.Add.HorizontalLine(reference.Loss, 1.4f, Ink, LinePattern.Dashed);
            // At the left end, where the curves are still far above the line.
            var label = plot.Add.Text($"reference {Numbers.Loss(reference.Loss)}", frame.Left, reference.Loss);
            (label.LabelAlignment, label.LabelFontSize, label.LabelFontColor, label.OffsetX, label.OffsetY) = (Alignment.LowerLeft, 13, Ink, 6, -2);
        }

        plot.ShowLegend(Alignment.UpperRight);
        var comparison = reference is null ? "" : $"; the dashed line is the reference's loss, {Numbers.Loss(reference.Loss)}";
        return Finish(plot, "loss", "Loss", $"Training loss (line) and validation loss (points) over optimizer steps{comparison}.", frame.Note, 760, 400);
    }

    private static MetricPlot? Metric(RunReport report, string name, string title, string subject, Func<MetricPoint, double?> metric, bool smooth)
    {
        var lines = report.Curves.Select(curve => Series.Of(curve, metric)).ToArray();
        var frame = Frame.Around(report, lines, [0]);
        if (frame is null) return null;
        using var plot = NewPlot("", frame);
        foreach (var (i, line) in lines.Index())
        {
            var color = Palette[i % Palette.Length];
            if (smooth) AddNoisy(plot, line.CappedAt(frame.Cap), color, "");
            else AddLine(plot, line.CappedAt(frame.Cap).Downsampled(SmoothPoints), color, 1.8f, line.Points.Count < FewPoints, "");
        }

        return Finish(plot, name, title, $"{subject} over optimizer steps.", frame.Note, 320, 235);
    }

    private static bool IsBroken(double? value) => value is { } number && !double.IsFinite(number);

    /// <summary>The raw values faintly, their moving average on top.</summary>
    private static void AddNoisy(Plot plot, Series series, Color color, string label)
    {
        if (series.Points.Count < FewPoints)
        {
            AddLine(plot, series, color, 1.8f, markers: true, label);
            return;
        }

        AddLine(plot, series.Downsampled(RawPoints), color.WithAlpha(0.28), 1, markers: false, "");
        AddLine(plot, series.Smoothed().Downsampled(SmoothPoints), color, 2, markers: false, label);
    }

    private static void AddLine(Plot plot, Series series, Color color, float width, bool markers, string label)
    {
        if (series.Points.Count == 0) return;
        var line = plot.Add.Scatter(series.Steps, series.Values, color);
        (line.LineWidth, line.LegendText) = (width, label);
        line.MarkerSize = markers ? series.Points.Count > 60 ? 3 : 6 : 0;
    }

    private static Plot NewPlot(string valueLabel, Frame frame)
    {
        var plot = new Plot();
        plot.Axes.SetLimits(frame.Left, frame.Right, frame.Bottom, frame.Top);
        plot.XLabel("step");
        if (valueLabel.Length > 0) plot.YLabel(valueLabel);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true, LabelFormatter = Numbers.Tick };
        plot.Axes.Left.TickGenerator = new NumericAutomatic { TickDensity = 0.6, LabelFormatter = Numbers.Tick };
        plot.Axes.Frame(false);
        // Room for the half of the last tick label that stands beyond the axis.
        plot.Axes.Right.MinimumSize = plot.Axes.Top.MinimumSize = 16;
        foreach (var axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
        {
            (axis.Label.Bold, axis.Label.FontSize, axis.Label.ForeColor) = (false, 13, Ink);
            (axis.TickLabelStyle.FontSize, axis.TickLabelStyle.ForeColor) = (12, Ink);
            (axis.MajorTickStyle.Color, axis.MinorTickStyle.Length) = (Color.FromHex("#9aa3b2"), 0);
        }

        plot.Grid.MajorLineColor = Color.FromHex("#e6e9ef");
        plot.Legend.FontSize = 12;
        plot.Legend.FontColor = Ink;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.BackgroundColor = Colors.White.WithAlpha(0.85);
        return plot;
    }

    private static MetricPlot Finish(Plot plot, string name, string title, string description, string note, int width, int height)
    {
        var svg = PlotSvg.Clean(plot.GetSvgXml(width, height), name, $"{title}. {description} {note}".TrimEnd());
        plot.ScaleFactor = 2;
        return new MetricPlot(name, title, note, svg, plot.GetImageBytes(width * 2, height * 2, ImageFormat.Png));
    }

    /// <summary>Limits of the axes, and the value at which lines are cut off so that a spike does not flatten the rest.</summary>
    private sealed record Frame(double Left, double Right, double Bottom, double Top, double Cap, string Note)
    {
        /// <summary>A maximum this many times above the bulk of the values is a spike.</summary>
        private const double Spike = 5;

        public static Frame? Around(RunReport report, IReadOnlyList<Series> lines, IReadOnlyList<double> alsoVisible)
        {
            double[] values = [.. lines.SelectMany(line => line.Values).Order()];
            if (values.Length == 0) return null;
            var bulk = values[(values.Length - 1) * 3 / 4];
            var highest = bulk > 0 ? values.Last(value => value <= Spike * bulk) : values[^1];
            var top = alsoVisible.Append(highest).Max();
            var bottom = alsoVisible.Append(values[0]).Min();
            var margin = top > bottom ? (top - bottom) * 0.06 : Math.Max(Math.Abs(top) * 0.1, 1e-9);
            // Zero at the foot of an axis stays at the foot.
            var foot = bottom == 0 ? 0 : bottom - margin;
            // All plots of a report share the steps, those of a diverged end included.
            int[] steps = [.. report.Curves.SelectMany(curve => curve.Points).Select(point => point.Step)];
            var (first, last) = (steps.Min(), steps.Max());
            var side = Math.Max(0.5, (last - first) * 0.015);
            var note = values[^1] > top ? $"cut off, up to {Numbers.Tick(values[^1])}" : "";
            return new Frame(first - side, last + side, foot, top + margin, (top + margin) * 1.05, note);
        }
    }
}
