using System.CommandLine;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using Spectre.Console;

namespace Inheritune.Trainer.Commands;

/// <summary>The part of <c>evaluate</c> that is about tasks: its options and what they do.</summary>
internal sealed class EvaluateTasks
{
    private readonly Option<string?> _data = new("--data") { Description = "folder with the tasks' files: JSON lines or Parquet, or CSV for mmlu" };

    private readonly Option<string?> _shots = new("--shots") { Description = "solved examples before each question: a number for all tasks, or such as mmlu=5,piqa=0 [default: 0]" };

    private readonly Option<int?> _limit = new("--limit") { Description = "documents of each task [default: all]" };

    private readonly Option<string> _harness = new("--harness") { Description = "whose prompts and aggregation: 0.3 (what the paper pins), 0.3.0 or 0.4", DefaultValueFactory = _ => HarnessVersion.V03.Name() };

    private readonly Option<string?> _reference = new("--reference") { Description = "a second model, to compare with document by document" };

    private readonly Option<string?> _to = new("--to") { Description = "local folder for results.json and for the answers so far, from which the same command continues" };

    private readonly Option<string?> _samples = new("--samples") { Description = "file to write with every request and its answer, as JSON lines" };

    private readonly Option<string?> _listRequests = new("--list-requests") { Description = "file to write with every request, without a model" };

    private readonly Option<string?> _fromSamples = new("--from-samples") { Description = "file that --samples has written; its answers are scored, without a model" };

    private readonly Option<int?> _tokenBudget = new("--token-budget") { Description = "tokens of one forward pass [default: 2048, on a GPU 8192]" };

    private const int MostTokens = 1 << 20;

    /// <summary>Their names, separated by commas.</summary>
    public Option<string?> Tasks { get; } = new("--tasks") { Description = $"tasks of lm-evaluation-harness: {string.Join(", ", TaskRegistry.All.Keys)}" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Tasks, _data, _shots, _limit, _harness, _reference, _to, _samples, _listRequests, _fromSamples, _tokenBudget }) command.Add(option);
    }

    public CommandOutput Execute(CommandContext context, string? uri, ComputePrecision precision)
    {
        var arguments = context.Arguments;
        using var stores = context.OpenStores();
        var limit = arguments.GetValue(_limit);
        if (limit < 1) throw RunException.Invalid("--limit", $"{limit}", "must be at least 1");
        if (arguments.GetValue(_tokenBudget) is < 1 or > MostTokens) throw RunException.Invalid("--token-budget", $"{arguments.GetValue(_tokenBudget)}", $"must be from 1 to {MostTokens}");
        var harness = HarnessVersions.Parse(arguments.GetRequiredValue(_harness), "--harness");
        var selections = TaskSelection.Parse(arguments.GetValue(Tasks)!, arguments.GetValue(_shots));
        var data = TaskData.Open(arguments.GetValue(_data) ?? throw RunException.Invalid("--data", "", "is missing; name the folder with the tasks' files"), "--data", stores);
        var plan = EvaluationPlan.Build(selections, harness, limit, data, context.Stop);

        if (arguments.GetValue(_listRequests) is { } list)
        {
            SamplesFile.Write(list, plan.Requests, null);
            return new CommandOutput(new { Requests = plan.Requests.Count, File = list }, [CommandOutput.List(("requests", FormattableString.Invariant($"{plan.Requests.Count:N0}")), ("file", list))]);
        }

        var output = arguments.GetValue(_to) is { } to ? StoreFactory.OpenFolder(to, "--to") : null;
        IReadOnlyList<LikelihoodResult> answers;
        IReadOnlyList<TaskScore>? reference = null;
        string model;
        if (arguments.GetValue(_fromSamples) is { } samples)
        {
            (model, answers) = (samples, SamplesFile.Read(samples, plan.Requests));
        }
        else
        {
            if (uri is null) throw RunException.Invalid("uri", "", "is missing; name a model folder, or use --list-requests or --from-samples, which need none");
            // Both are looked at before the first is asked, which takes a while.
            var target = Open(uri);
            var other = arguments.GetValue(_reference) is { } given ? Open(given) : default;
            try
            {
                if (other.Checkpoint is not null) reference = plan.Score(Ask(other, "the reference"));
                (model, answers) = (target.Checkpoint.Store.Location, Ask(target, reference is null ? "the model" : "the target"));
            }
            catch (OperationCanceledException e) when (output is not null && context.Stop.IsCancellationRequested)
            {
                throw new RunException(ExitCode.Interrupted, $"interrupted; the answers so far are in {output.Location}, and the same command continues", e);
            }

            (Checkpoint Checkpoint, ITokenizer Tokenizer) Open(string uri)
            {
                var opened = context.OpenModel(stores, uri);
                plan.RequireAnswerable(opened.Tokenizer, opened.Checkpoint.Config.ContextLength, context.Status, context.Stop);
                return opened;
            }

            IReadOnlyList<LikelihoodResult> Ask((Checkpoint Checkpoint, ITokenizer Tokenizer) asked, string title)
            {
                var (checkpoint, tokenizer) = asked;
                using var loaded = Target.Load(checkpoint, context.Device, context.Status, context.Stop);
                loaded.Precision = precision;
                return new TaskEvaluator(plan, context.Status) { TokensAtOnce = arguments.GetValue(_tokenBudget) }.Ask(title, loaded, tokenizer, output?.Location, context.Stop);
            }
        }

        if (arguments.GetValue(_samples) is { } file) SamplesFile.Write(file, plan.Requests, answers);
        return Report(plan, model, plan.Score(answers), reference, output);
    }

    private static CommandOutput Report(EvaluationPlan plan, string model, IReadOnlyList<TaskScore> scores, IReadOnlyList<TaskScore>? reference, FileStore? output)
    {
        var rows = ScoreRow.Of(plan, scores, reference);
        var document = HarnessResults.Document(plan, scores, model);
        if (reference is not null) document["comparison"] = HarnessResults.Comparison(rows);
        output?.Write(HarnessResults.Key, stream => HarnessResults.Write(stream, document));
        return new CommandOutput(document, [ScoreTable.Render(rows)]);
    }
}
