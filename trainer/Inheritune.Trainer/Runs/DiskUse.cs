using System.Text.Json.Serialization;

namespace Inheritune.Trainer.Runs;

/// <summary>Something that takes local disk.</summary>
/// <param name="What">For people.</param>
/// <param name="Folder">Where it is.</param>
/// <param name="Bytes">Its size; that of tokenized text is estimated.</param>
public sealed record DiskUse(string What, string Folder, long Bytes)
{
    /// <summary>Whether it is part of the run's output.</summary>
    [JsonIgnore]
    public bool IsOutput { get; init; }
}
