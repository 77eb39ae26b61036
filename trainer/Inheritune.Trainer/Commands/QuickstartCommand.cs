using System.CommandLine;
using Inheritune.Trainer.Quickstart;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Storage;
using Spectre.Console;

namespace Inheritune.Trainer.Commands;

/// <summary><c>quickstart</c>: the method at work in a minute, with nothing but the .NET SDK.</summary>
internal sealed class QuickstartCommand : Command
{
    private readonly Option<string> _folder = new("--folder") { Description = "where to work", DefaultValueFactory = _ => Path.Combine("runs", "quickstart") };

    private readonly Option<bool> _textOnly = new("--text-only") { Description = "only write the text, for example to train the reference again: run config/samples/quickstart-reference.yaml" };

    public QuickstartCommand()
        : base("quickstart", """
            Shows what the method is for, in about a minute on two cores and without a network.

            Takes a small reference LM that comes with this program and the .NET reference documentation as text, then trains two
            models of half the depth for the same number of steps: one inherits the reference's first layers, the other starts
            from random weights. Prints a table and leaves both models and a report.
            """)
    {
        Add(_folder);
        Add(_textOnly);
        CommonOptions.AddTo(this);
        SetAction(arguments => CommandHost.Execute(arguments, context => RunCommand.Continuable(() => Execute(context), context.Stop), RunCommand.Memory));
    }

    private CommandOutput Execute(CommandContext context)
    {
        var folder = Path.GetFullPath(context.Arguments.GetRequiredValue(_folder));
        var text = Path.Combine(folder, "text");
        ReferenceDocumentation.Write(new FileStore(text), context.Status, context.Stop);
        if (context.Arguments.GetValue(_textOnly)) return new CommandOutput(new { Text = text }, [CommandOutput.List(("text", text))]) { IsKept = true };

        var inherited = new RunPipeline(QuickstartManifests.Read("inherited", folder), context.Device, context.Status).Execute(context.Stop);
        var random = new RunPipeline(QuickstartManifests.Read("random", folder), context.Device, context.Status).Execute(context.Stop);
        var report = Comparison.Of(inherited.Report, random.Report);
        ReportWriter.Write(report, new FileStore(folder));
        var page = Path.Combine(folder, ReportWriter.Key);
        return new CommandOutput(
            new { report.Summary, report.Results, Models = new[] { inherited.ModelFolder, random.ModelFolder }, ReportPath = page },
            [
                ResultTable.Render(report.Results),
                new Text(report.Summary),
                CommandOutput.List(("inherited model", inherited.ModelFolder), ("random model", random.ModelFolder), ("report", page)),
            ]) { IsKept = true };
    }
}
