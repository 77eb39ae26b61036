namespace Inheritune.Trainer.Runs;

/// <summary>A file of the data of a run.</summary>
/// <param name="Name">Its key below the dataset's URI.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Content">What its bytes are; see <see cref="Data.ContentDigests"/>.</param>
public sealed record RunDataFile(string Name, long Size, string Content);
