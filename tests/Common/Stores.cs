using Inheritune.Api;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Tests;

/// <summary>Factories of stores.</summary>
internal static class Stores
{
    /// <summary>Opens local folders.</summary>
    public static StoreFactory Local { get; } = new(new StorageSpec(), SilentStatus.Instance, CancellationToken.None);
}
