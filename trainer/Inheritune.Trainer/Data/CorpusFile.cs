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
}
