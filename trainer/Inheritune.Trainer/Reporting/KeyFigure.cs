namespace Inheritune.Trainer.Reporting;

/// <summary>One of the large numbers at the top of the report.</summary>
internal sealed record KeyFigure(string Label, string Value, string Note)
{
    public static IReadOnlyList<KeyFigure> Of(RunReport report)
    {
        if ((report.Results.FindBestTarget() ?? report.Results.LastOrDefault(ResultRows.IsTarget)) is not { } best) return [];
        var reference = report.Results.FindReference();
        var figures = new List<KeyFigure>();
        if (report.Results.GapClosed() is { } closed)
            figures.Add(new("Gap closed", Numbers.Percent(closed), $"{Numbers.Gap(best.Loss - reference!.Loss)} nats per token to the reference"));
        figures.Add(new("Final loss", Numbers.Loss(best.Loss), $"perplexity {Numbers.Perplexity(best.Perplexity)}"));
        figures.Add(new("Parameters", Numbers.Count(best.Parameters), reference is null
            ? $"{best.Layers} blocks"
            : $"{Numbers.Percent((double)best.Parameters / reference.Parameters)} of the reference, {best.Layers} of {reference.Layers} blocks"));
        figures.Add(new("Training tokens", Numbers.Count(best.TrainingTokens), Steps(report)));
        figures.Add(new("Training time", Numbers.Duration(best.Seconds), Speed(report)));
        return figures;
    }

    private static string Steps(RunReport report) =>
        report.Curves is [{ Points: [.., var last] }, ..] ? $"{Numbers.Count(last.Step)} optimizer {(last.Step == 1 ? "step" : "steps")}" : "";

    private static string Speed(RunReport report)
    {
        // The median: the first step is slow and pauses are no measure of the device.
        var speeds = report.Curves.Take(1).SelectMany(curve => Series.Of(curve, point => point.TokensPerSecond).Values).Order().ToArray();
        return speeds.Length == 0 ? "" : $"{Numbers.Count(speeds[speeds.Length / 2])} tokens per second";
    }
}
