namespace Inheritune.Trainer.Storage;

/// <param name="Key">Key relative to the store's root.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Version">Changes whenever the content does: an ETag, or identity and modification time of a file.</param>
public sealed record ObjectInfo(string Key, long Size, string Version);
