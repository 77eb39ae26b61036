using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Evaluation;

/// <summary>A file of a task's data.</summary>
internal sealed record TaskFile(IObjectStore Store, ObjectInfo Info)
{
    /// <summary>Name for messages.</summary>
    public string Name => Store.LocalPath(Info.Key) ?? $"{Store.Location}/{Info.Key}";
}
