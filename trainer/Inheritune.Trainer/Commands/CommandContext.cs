using System.CommandLine;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Commands;

/// <summary>What a verb works with.</summary>
/// <param name="Arguments">The parsed command line.</param>
/// <param name="Status">Progress, on standard error, and whether there is any.</param>
/// <param name="Device">Where models go.</param>
/// <param name="Stop">Cancelled by Ctrl-C and SIGTERM.</param>
internal sealed record CommandContext(ParseResult Arguments, Pulse Status, Device Device, CancellationToken Stop)
{
    /// <summary>Stores for a verb without a manifest: the environment says how they are reached.</summary>
    public StoreFactory OpenStores() => new(new StorageSpec(), Status, Stop);

    /// <summary>The model that a verb's argument <c>uri</c> names, from config, headers and tokenizer; no weights are read.</summary>
    /// <param name="stores">Opens it.</param>
    /// <param name="uri">The folder.</param>
    /// <param name="needsTokenizer">Whether there is text to encode; else a folder without a tokenizer will do.</param>
    /// <param name="glance">See <see cref="Checkpoint.Open"/>.</param>
    public (Checkpoint Checkpoint, ITokenizer Tokenizer) OpenModel(StoreFactory stores, string uri, bool needsTokenizer = true, bool glance = false)
    {
        var store = stores.Open(uri, "uri");
        var checkpoint = Checkpoint.Open(store, "uri", Status, glance);
        var rows = checkpoint.Config.VocabularySize;
        return (checkpoint, needsTokenizer ? TokenizerFactory.Load(store, "uri", rows) : TokenizerFactory.LoadForIds(store, "uri", rows));
    }
}
