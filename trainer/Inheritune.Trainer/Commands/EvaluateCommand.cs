using System.CommandLine;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Inheritance;

namespace Inheritune.Trainer.Commands;

/// <summary><c>evaluate URI --dataset URI</c>: exact loss and perplexity; with <c>--tasks</c>, the tasks of lm-evaluation-harness.</summary>
internal sealed class EvaluateCommand : Command
{
    private readonly Argument<string?> _uri = new("uri") { Description = "a Hugging Face model folder", Arity = ArgumentArity.ZeroOrOne };

    private readonly Option<string?> _dataset = new("--dataset") { Description = "text (.txt), JSON lines (.jsonl) or packed tokens (.bin): a file or a folder" };

    private readonly Option<TokenType?> _tokenType = new("--token-type") { Description = "element type of packed tokens [default: UInt16, or UInt32 for a tokenizer of more than 65,536 ids]" };

    private readonly Option<int?> _sequenceLength = new("--sequence-length") { Description = "tokens the model sees at once [default: its context, at most 1024]" };

    private readonly Option<int> _batchSize = new("--batch-size") { Description = "sequences per forward pass", DefaultValueFactory = _ => 8 };

    private readonly Option<ComputePrecision> _precision = new("--precision") { Description = "number format of the matrix products", DefaultValueFactory = _ => ComputePrecision.Float32 };

    private readonly EvaluateTasks _tasks = new();

    public EvaluateCommand()
        : base("evaluate", """
            Measures a model: loss and perplexity over the whole of a dataset, in sequences that do not overlap,

              inheritune-trainer evaluate runs/stories/model --dataset held-out.txt

            or tasks of lm-evaluation-harness, with its prompts and its numbers; with --reference, of two models side by side.

              inheritune-trainer evaluate runs/stories/model --tasks piqa,mmlu --shots mmlu=5 --data s3://benchmarks
            """)
    {
        Add(_uri);
        Add(_dataset);
        Add(_tokenType);
        Add(_sequenceLength);
        Add(_batchSize);
        Add(_precision);
        _tasks.AddTo(this);
        CommonOptions.AddTo(this);
        SetAction(arguments => CommandHost.Execute(arguments, Execute, "lower --batch-size, or for tasks --token-budget"));
    }

    private CommandOutput Execute(CommandContext context)
    {
        var (uri, dataset, tasks) = (context.Arguments.GetValue(_uri), context.Arguments.GetValue(_dataset), context.Arguments.GetValue(_tasks.Tasks));
        if (tasks is not null == dataset is not null) throw RunException.Invalid("--dataset", dataset ?? "", "or --tasks is needed, and not both; see 'inheritune-trainer evaluate --help'");
        return tasks is not null
            ? _tasks.Execute(context, uri, context.Arguments.GetValue(_precision))
            : Loss(context, uri ?? throw RunException.Invalid("uri", "", "is missing; name a model folder"), dataset!);
    }

    private CommandOutput Loss(CommandContext context, string uri, string datasetUri)
    {
        var arguments = context.Arguments;
        var batchSize = Positive(arguments.GetValue(_batchSize), "--batch-size");
        if (arguments.GetValue(_sequenceLength) is { } given) _ = Positive(given, "--sequence-length");
        using var stores = context.OpenStores();
        var corpus = new CorpusFinder(datasetUri, DatasetFormat.Auto, "--dataset").Find(stores);
        var (checkpoint, tokenizer) = context.OpenModel(stores, uri, needsTokenizer: corpus.Format != DatasetFormat.Packed);
        var length = arguments.GetValue(_sequenceLength) ?? Math.Min(checkpoint.Config.ContextLength, 1024);
        if (length > checkpoint.Config.ContextLength)
            throw RunException.Invalid("--sequence-length", $"{length}", $"is longer than the model's context of {checkpoint.Config.ContextLength} tokens");

        var spec = new DatasetSpec { Uri = datasetUri, TokenType = arguments.GetValue(_tokenType) ?? TokenCache.TypeFor(tokenizer.VocabularySize) };
        using var dataset = TokenizedDataset.OpenWhole(spec, corpus, new StorageSpec().CacheMebibytes, tokenizer, checkpoint.Config.VocabularySize, context.Status, context.Stop);
        using var model = Target.Load(checkpoint, context.Device, context.Status, context.Stop);
        model.Precision = arguments.GetValue(_precision);
        var evaluator = new LossEvaluator(dataset.Validation, length, batchSize);
        var loss = evaluator.Exact(model, "the model", context.Status, context.Stop);
        if (IdsFit.Doubt(loss, checkpoint.Config.VocabularySize) is { } doubt) context.Status.Warn($"Of {checkpoint.Store.Location}: {doubt}; give data of its tokenizer");
        var document = new { Model = checkpoint.Store.Location, Dataset = spec.Uri, Loss = loss, Perplexity = Math.Exp(loss), Tokens = evaluator.Predictions, SequenceLength = length };
        return new CommandOutput(document, [CommandOutput.List(
            ("model", checkpoint.Config.ToString()),
            ("tokens", FormattableString.Invariant($"{evaluator.Predictions:N0} in sequences of {length}")),
            ("loss", FormattableString.Invariant($"{loss:F4}")),
            ("perplexity", FormattableString.Invariant($"{Math.Exp(loss):F2}")))]);
    }

    private static int Positive(int value, string option) =>
        value > 0 ? value : throw RunException.Invalid(option, $"{value}", "must be at least 1");
}
