namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>A checkpoint of <c>make_checkpoints.py</c> and what transformers computes from it.</summary>
/// <param name="Tokens">Two sequences, [2, T].</param>
/// <param name="Logits">The last three positions of each sequence, fp32, [2, 3, vocabulary].</param>
/// <param name="LogprobNext">Log-probability of each next token, [2, T - 1].</param>
public sealed record PeerCheckpoint(int[][] Tokens, float[][][] Logits, float[][] LogprobNext)
{
    /// <summary>The Hugging Face folder.</summary>
    public string Folder { get; init; } = "";
}
