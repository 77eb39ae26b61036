using System.Text.Json.Serialization;

namespace Inheritune.Trainer.Training;

/// <summary>The file <c>checkpoint.json</c> of a checkpoint, written last: what belongs to it and how to know it is whole.</summary>
/// <param name="RecipeHash">The recipe it is a state of.</param>
/// <param name="State">Where the run stood.</param>
/// <param name="Files">The files beside it.</param>
public sealed record CheckpointManifest(string RecipeHash, TrainingState State, IReadOnlyList<CheckpointFile> Files)
{
    [JsonIgnore]
    public long Bytes => Files.Sum(file => file.Size);
}
