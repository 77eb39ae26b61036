using System.CommandLine;
using Inheritune.Api;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Commands;

/// <summary><c>preflight MANIFEST</c>: whether a run can work, before anything is spent on it.</summary>
internal sealed class PreflightCommand : Command
{
    private readonly Argument<string> _manifest = CommonOptions.Manifest();

    private readonly Option<string[]> _set = CommonOptions.Set();

    public PreflightCommand()
        : base("preflight", """
            Proves that a run can work: manifest, credentials, reference, tokenizer, data and output. Trains nothing.

            Takes seconds and no GPU: reads headers and sizes, no weights and no data. Writes one small object to the output and
            removes it. Says so when the output holds the finished run already.
            """)
    {
        Add(_manifest);
        Add(_set);
        CommonOptions.AddTo(this);
        SetAction(arguments => CommandHost.Execute(arguments, Execute));
    }

    private CommandOutput Execute(CommandContext context)
    {
        var run = ManifestReader.Read(context.Arguments.GetRequiredValue(_manifest), context.Arguments.GetValue(_set) ?? []);
        var options = KubernetesOptions.FromEnvironment();
        using var cluster = options is null ? null : new KubernetesStatus(context.Status, options, TimeProvider.System);
        var outcome = new RunPreflight(run, cluster ?? (IRunStatus)context.Status, inPod: options is not null).Execute(context.Stop);
        return new CommandOutput(outcome, [CommandOutput.List(outcome.Forecast is { } forecast ? Rows(outcome, forecast) : [("output", $"{outcome.Output} holds the finished run; nothing is left to do")])])
        {
            Ending = outcome.AlreadyComplete
                ? new RunEnding($"run '{outcome.Name}' is already complete in {outcome.Output}", AlreadyComplete: true, outcome.Results, Progress: outcome.Progress)
                : new RunEnding($"run '{outcome.Name}' can work", CheckpointBytes: outcome.Forecast?.CheckpointBytes),
        };
    }

    private static IEnumerable<(string Name, string Value)> Rows(PreflightOutcome outcome, RunForecast forecast)
    {
        if (forecast.Reference is { } reference) yield return ("reference", $"{reference}; {Megabytes(forecast.ReferenceBytes)}, of which {Megabytes(forecast.InheritedBytes)} are inherited");
        yield return ("target", forecast.Target);
        yield return ("tokenizer", forecast.Tokenizer ?? "to be trained on the dataset");
        yield return ("dataset", $"{forecast.DatasetFormat}, {Megabytes(forecast.DatasetBytes)}{(forecast.DatasetTokens is { } tokens ? $", {Numbers.Count(tokens)} tokens" : "")}");
        yield return ("training", FormattableString.Invariant($"{forecast.Steps:N0} steps, {Numbers.Count(forecast.TrainingTokens)} tokens"));
        yield return ("to read", Megabytes(forecast.BytesToRead));
        yield return ("checkpoint", $"{Megabytes(forecast.CheckpointBytes)}; as much memory again lets the training go on while one is written");
        yield return ("local disk", $"up to {Megabytes(forecast.Disk.PeakBytes)}{(forecast.Disk.PresentBytes > 0 ? $", of which {Megabytes(forecast.Disk.PresentBytes)} are there" : "")}");
        foreach (var part in forecast.Disk.Parts) yield return ("", $"{Megabytes(part.Bytes)} in {part.Folder}: {part.What}");
        yield return ("output", $"{outcome.Output}: writable, {(outcome.Attempts == 0 ? "free" : "and the run continues there")}");
    }

    private static string Megabytes(long bytes) => FormattableString.Invariant($"{bytes / 1e6:N1} MB");
}
