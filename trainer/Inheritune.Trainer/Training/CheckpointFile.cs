namespace Inheritune.Trainer.Training;

/// <param name="Name">File name within the checkpoint's folder.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Sha256">Digest, 64 hexadecimal digits.</param>
public sealed record CheckpointFile(string Name, long Size, string Sha256);
