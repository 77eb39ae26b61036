using Inheritune.Api;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>One file of a corpus.</summary>
/// <param name="Store">The store that holds it.</param>
/// <param name="Info">Key, size and version.</param>
/// <param name="Format">How it is encoded; never Auto.</param>
public sealed record CorpusFile(IObjectStore Store, ObjectInfo Info, DatasetFormat Format)
{
    /// <summary>Path of a local file, else null.</summary>
    public string? LocalPath => Store.LocalPath(Info.Key);

    /// <summary>Name for messages.</summary>
    public string Name => LocalPath ?? $"{Store.Location}/{Info.Key}";

    /// <exception cref="RunException">
    /// A local file was written since it was found; an object store says so itself with each read.
    /// </exception>
    public void RequireUnchanged()
    {
        if (LocalPath is not null && Store.Stat(Info.Key) != Info)
            throw new RunException(ExitCode.InvalidInput,
                $"{Name}: changed while it was being read; run the same command again when nothing writes there");
    }
}
