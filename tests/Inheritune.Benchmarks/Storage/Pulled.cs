namespace Inheritune.Benchmarks.Storage;

/// <summary>What a pull took.</summary>
/// <param name="Seconds">From the first request to the last byte in its place.</param>
/// <param name="Read">Bytes read, headers included.</param>
/// <param name="Inherited">Bytes of the tensors.</param>
/// <param name="Peak">Most memory in use, less what was in use before and less the model, in bytes.</param>
/// <param name="Digest">SHA-256 of the weights.</param>
internal sealed record Pulled(double Seconds, long Read, long Inherited, long Peak, string Digest);
