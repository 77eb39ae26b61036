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

    /// <summary>Finds or trains the tokenizer.</summary>
    public static RunTokenizer Open(InheritRunSpec spec, Checkpoint? reference, RunFolder folder, StoreFactory stores, IRunStatus status, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(stores);
        ArgumentNullException.ThrowIfNull(status);
        if (reference is not null) return new(TokenizerFactory.Load(reference.Store, "spec.reference.uri", reference.Config.VocabularySize), reference.Store);
        if (spec.Architecture!.TokenizerUri is { } uri)
        {
            var given = stores.Open(uri, "spec.architecture.tokenizerUri");
            return new(TokenizerFactory.Load(given, "spec.architecture.tokenizerUri"), given);
        }

        var trained = folder.Open(TrainedFolder);
        if (trained.Stat(TokenizerFiles.Config) is null)
        {
            var texts = TextCorpus.ReadText(spec.Dataset, stores);
            _ = Corpus.Validation(spec.Dataset, stores);
            folder.Claim();
            status.Info($"Training a tokenizer of {spec.Architecture.VocabularySize} tokens on the dataset");

            // The configuration comes last by name, so its presence means that the others are there.
            BytePairTrainer.Train(texts, spec.Architecture.VocabularySize, stop).Write(trained);
        }

        return new(TokenizerFactory.Load(trained, "spec.architecture"), trained);
    }
}
