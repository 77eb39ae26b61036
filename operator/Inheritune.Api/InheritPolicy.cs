namespace Inheritune.Api;


/// <summary>Named rules that decide which tensors of the reference the target starts from.</summary>
public enum InheritPolicy
{
    /// <summary>Blocks, token and position embeddings, final norm and head (paper, algorithm 1).</summary>
    Paper,

    /// <summary>
    /// As the published code does it. GPT-2: blocks and the tied embedding; positions and final norm start fresh.
    /// Llama: blocks and head; token embedding, N(0,1), and final norm start fresh.
    /// </summary>
    Repository,

    /// <summary>Nothing: the same shape from random weights, the baseline of the paper.</summary>
    Random,
}
