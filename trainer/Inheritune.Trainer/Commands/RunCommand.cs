using System.CommandLine;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;
using Spectre.Console.Rendering;

namespace Inheritune.Trainer.Commands;

/// <summary><c>run MANIFEST</c>: a whole run from one manifest.</summary>
internal sealed class RunCommand : Command
{
    /// <summary>What helps a training that runs out of memory.</summary>
    internal const string Memory = "lower spec.training.microBatchSize and raise gradientAccumulationSteps by the same factor, or set spec.training.activationCheckpointing";

    private readonly Argument<string> _manifest = CommonOptions.Manifest();

    private readonly Option<string[]> _set = CommonOptions.Set();

    private readonly Option<bool> _profile = new("--profile") { Description = "say in metrics.jsonl and the report where the time of the training goes" };

    public RunCommand()
        : base("run", """
            Inherits, trains, evaluates, exports and reports, as a manifest says.

            Relative paths in the manifest are relative to the manifest. Ctrl-C or SIGTERM saves and stops with exit code 10; the
            same command continues, and on a CPU ends with the very same weights. A finished run is never trained again.

              inheritune-trainer run config/samples/quickstart-inherited.yaml --set training.steps=100 --set output.uri=/tmp/run
            """)
    {
        Add(_manifest);
        Add(_set);
        Add(_profile);
        CommonOptions.AddTo(this);
        SetAction(arguments => CommandHost.Execute(arguments, Execute, Memory));
    }

    private CommandOutput Execute(CommandContext context)
    {
        var run = ManifestReader.Read(context.Arguments.GetRequiredValue(_manifest), context.Arguments.GetValue(_set) ?? []);
        using var cluster = KubernetesOptions.FromEnvironment() is { } options ? new KubernetesStatus(context.Status, options, TimeProvider.System) : null;
        var status = new MetricsStatus(cluster ?? (IRunStatus)context.Status, TimeProvider.System);
        TrainerMetrics.Describe(Provenance.Version, $"{context.Device.type}".ToLowerInvariant());
        using var metrics = MetricsServer.Start(status, context.Status);
        var pipeline = new RunPipeline(run, context.Device, status, context.Arguments.GetValue(_profile), context.Arguments.GetValue(CommonOptions.Threads));
        var outcome = Continuable(() => pipeline.Execute(context.Stop), context.Stop);
        var document = new { outcome.Name, outcome.AlreadyComplete, outcome.ModelFolder, outcome.ReportPath, outcome.Report.Summary, outcome.Report.Results, outcome.Report.Tasks };
        return new CommandOutput(document, [
            ResultTable.Render(outcome.Report.Results),
            .. outcome.Report.Tasks.Count > 0 ? [ScoreTable.Render(outcome.Report.Tasks)] : Array.Empty<IRenderable>(),
            CommandOutput.List(("model", outcome.ModelFolder), ("report", outcome.ReportPath)),
        ])
        {
            IsKept = true,
            Ending = new RunEnding(outcome.Report.Summary, outcome.AlreadyComplete, outcome.Results),
        };
    }

    /// <summary>Says of what is interrupted that it continues.</summary>
    internal static T Continuable<T>(Func<T> work, CancellationToken stop)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException e) when (stop.IsCancellationRequested)
        {
            throw new RunException(ExitCode.Interrupted, "interrupted; every step that was trained is saved, and the same command continues", e);
        }
    }
}
