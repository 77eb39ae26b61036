namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>What <c>score.py</c> says about a model folder.</summary>
/// <param name="Logits">Per sequence [T, vocabulary], fp32.</param>
/// <param name="LogprobNext">Per sequence, the log-probability of each next token, [T - 1].</param>
/// <param name="Layers">Number of transformer blocks.</param>
/// <param name="Parameters">Number of parameters; tied ones count once.</param>
/// <param name="Dtype">Number format that the weights were loaded in, as PyTorch names it.</param>
/// <param name="MissingKeys">Weights that the model has and the file lacks.</param>
/// <param name="UnexpectedKeys">Weights that the file has and the model lacks.</param>
/// <param name="MismatchedKeys">Weights of another shape than the configuration says.</param>
/// <param name="Attention">The attention implementation that transformers chose.</param>
public sealed record PeerScore(
    float[][][] Logits,
    float[][] LogprobNext,
    int Layers,
    long Parameters,
    string Dtype,
    string[] MissingKeys,
    string[] UnexpectedKeys,
    string[] MismatchedKeys,
    string Attention)
{
    /// <summary>Why transformers would not save the generation settings that it has loaded; null where it would.</summary>
    public string? Unsavable { get; init; }

    /// <summary>Ids of the requested text by the folder's own tokenizer; null when no text was asked for.</summary>
    public int[]? TextTokens { get; init; }

    /// <summary><see cref="TextTokens"/> as text again.</summary>
    public string? Decoded { get; init; }
}
