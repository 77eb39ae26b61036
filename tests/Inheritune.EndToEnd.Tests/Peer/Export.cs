namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>The first blocks of a checkpoint, inherited and exported: what we and transformers compute from them.</summary>
/// <param name="Folder">The exported folder.</param>
/// <param name="Parameters">Number of parameters before the export.</param>
/// <param name="Logits">Ours before the export, rounded weights where the export rounds.</param>
/// <param name="Reimported">Ours after reading the export back.</param>
/// <param name="Peer">What transformers makes of the export.</param>
public sealed record Export(string Folder, long Parameters, float[] Logits, float[] Reimported, PeerScore Peer);
