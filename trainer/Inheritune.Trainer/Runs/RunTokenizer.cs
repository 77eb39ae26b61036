using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Runs;

/// <summary>The tokenizer of a run and the folder its files are in: the reference's, a given one, or one trained on the data.</summary>
/// <param name="Value">The tokenizer.</param>
/// <param name="Folder">Where its files are, for the export.</param>
public sealed record RunTokenizer(ITokenizer Value, IObjectStore Folder)
{
    private const string TrainedFolder = "tokenizer";

    /// <summary>Finds the tokenizer; null when it has to be trained first.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="reference">The reference, whose tokenizer it is; null without one.</param>
    /// <param name="folder">The run's output.</param>
    /// <param name="stores">Opens a tokenizer that is given.</param>
    /// <param name="isNeeded">Whether there is text to encode; else a reference without a tokenizer will do.</param>
    public static RunTokenizer? Find(InheritRunSpec spec, Checkpoint? reference, RunFolder folder, StoreFactory stores, bool isNeeded)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(stores);
        if (reference is not null)
        {
            var rows = reference.Config.VocabularySize;
            return new(isNeeded ? TokenizerFactory.Load(reference.Store, "spec.reference.uri", rows) : TokenizerFactory.LoadForIds(reference.Store, "spec.reference.uri", rows), reference.Store);
        }

        if (spec.Architecture!.TokenizerUri is { } uri)
        {
            var given = stores.Open(uri, "spec.architecture.tokenizerUri");
            return new(TokenizerFactory.Load(given, "spec.architecture.tokenizerUri"), given);
        }

        // The configuration comes last by name, so its presence means that the others are there.
        var trained = folder.Open(TrainedFolder);
        return trained.Stat(TokenizerFiles.Config) is null ? null : Load(trained);
    }

    /// <summary>Trains the tokenizer on the dataset and keeps it in the output.</summary>
    public static RunTokenizer Train(InheritRunSpec spec, DatasetFiles data, RunFolder folder, IRunStatus status, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(status);
        var texts = TextCorpus.ReadText(data.Training, spec.Dataset.TextField);
        folder.Claim(data);
        status.Info($"Training a tokenizer of {spec.Architecture!.VocabularySize} tokens on the dataset");
        var trained = folder.Open(TrainedFolder);
        using (var stage = status.Begin("Learning the tokenizer", spec.Architecture.VocabularySize, "tokens"))
            BytePairTrainer.Train(Heard(texts, status), spec.Architecture.VocabularySize, stop, tokens => stage.Report(tokens)).Write(trained);
        return Load(trained);
    }

    /// <summary>The text is read before the first token is learned.</summary>
    private static IEnumerable<string> Heard(IEnumerable<string> texts, IRunStatus status)
    {
        foreach (var text in texts)
        {
            status.Beat();
            yield return text;
        }
    }

    private static RunTokenizer Load(IObjectStore trained) => new(TokenizerFactory.Load(trained, "spec.architecture"), trained);
}
