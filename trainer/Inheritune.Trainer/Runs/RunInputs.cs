using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Runs;

/// <summary>What goes into a run, as far as it can be known without a write: from headers, small files and the names and sizes of large ones.</summary>
internal sealed class RunInputs
{
    /// <summary>So much of the data may be read at a glance, to know whether it is in the cache.</summary>
    private const long GlanceBytes = 64 << 20;

    private readonly InheritRunSpec _spec;

    private RunInputs(InheritRunSpec spec) => _spec = spec;

    /// <summary>The reference, whose headers have every tensor that its configuration implies; null for a run from scratch.</summary>
    public required Checkpoint? Reference { get; init; }

    /// <summary>The tokenizer; null when it has yet to be trained on the dataset.</summary>
    public required RunTokenizer? Tokenizer { get; init; }

    public required DatasetFiles Data { get; init; }

    public Corpus Dataset => Data.Training;

    /// <summary>The validation data; null when it is held out of the dataset.</summary>
    public Corpus? Validation => Data.Validation;

    /// <summary>What is asked after the training; null without tasks.</summary>
    public required EvaluationPlan? Tasks { get; init; }

    /// <exception cref="RunException">Something is missing, damaged, does not go with the rest, or is not what the run began with.</exception>
    public static RunInputs Find(InheritRunSpec spec, RunFolder folder, StoreFactory stores, IRunStatus status, CancellationToken stop, bool glance = false)
    {
        var reference = spec.Reference is { } given ? Checkpoint.Open(stores.Open(given.Uri, "spec.reference.uri"), "spec.reference.uri", status, glance) : null;
        var before = folder.Marker.Data;
        var data = DatasetFiles.Find(spec.Dataset, stores).Identify(status, stop, glance && before is null ? GlanceBytes : long.MaxValue);
        before?.RequireSame(data);
        var corpora = new[] { data.Training, data.Validation }.OfType<Corpus>().ToArray();
        var hasText = corpora.Any(corpus => corpus.Format != DatasetFormat.Packed);
        var inputs = new RunInputs(spec)
        {
            Reference = reference,
            Tokenizer = RunTokenizer.Find(spec, reference, folder, stores, isNeeded: hasText || spec.Evaluation.Tasks.Count > 0),
            Data = data,
            Tasks = RunTasks.Plan(spec, stores, status, stop),
        };
        if (inputs.Tokenizer?.Value is AbsentTokenizer absent)
            status.Warn($"{absent.Why.Message}. The data holds ids already, so the run needs none: its report has no samples, and its model goes without as well");
        if (inputs.Tokenizer is { } tokenizer) inputs.RequireAnswerable(tokenizer.Value, status, stop);
        if (inputs.Tokenizer is null) TextCorpus.RequireText(data.Training);
        if (folder.IsRemote || hasText || corpora.Any(corpus => corpus.IsStreamed)) CacheFolder.Probe();
        return inputs;
    }

    /// <summary>Encodes what is asked after the training, so that what cannot be asked shows before it.</summary>
    public void RequireAnswerable(ITokenizer tokenizer, IRunStatus status, CancellationToken stop) =>
        Tasks?.RequireAnswerable(tokenizer, Reference?.Config.ContextLength ?? _spec.Architecture!.ContextLength, status, stop);

    /// <summary>What the target takes from the reference.</summary>
    /// <param name="vocabularySize">Number of ids of the tokenizer, for a run from scratch.</param>
    public InheritancePlan Plan(int vocabularySize) => Reference is null
        ? InheritancePlan.FromScratch(ModelConfig.From(_spec.Architecture!, vocabularySize))
        : InheritancePlan.For(Reference.Config, _spec.Inherit!);
}
