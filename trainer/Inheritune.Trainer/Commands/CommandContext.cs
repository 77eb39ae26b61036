using System.CommandLine;
using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Commands;

/// <summary>What a verb works with.</summary>
/// <param name="Arguments">The parsed command line.</param>
/// <param name="Status">Progress, on standard error.</param>
/// <param name="Device">Where models go.</param>
/// <param name="Stop">Cancelled by Ctrl-C and SIGTERM.</param>
internal sealed record CommandContext(ParseResult Arguments, IRunStatus Status, Device Device, CancellationToken Stop)
{
    /// <summary>Stores for a verb without a manifest: the environment says how they are reached.</summary>
    public StoreFactory OpenStores() => new(new StorageSpec(), Status, Stop);
}
