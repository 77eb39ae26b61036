using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>How a joint product of queries, keys and values is divided.</summary>
/// <param name="Queries">Heads of the queries.</param>
/// <param name="KeysAndValues">Heads of the keys, and of the values; each serves as many neighbouring heads of the queries.</param>
/// <param name="Size">Of a head.</param>
/// <param name="Factor">Of the logits, besides 1/sqrt(Size).</param>
/// <param name="Cos">Cosines of what queries and keys are rotated by, each frequency twice: Float32 [context, Size]; null where they are not.</param>
/// <param name="Sin">Sines likewise.</param>
internal sealed record AttentionHeads(int Queries, int KeysAndValues, int Size, double Factor = 1, Tensor? Cos = null, Tensor? Sin = null)
{
    /// <summary>Elements of a token.</summary>
    public int Width => (Queries + 2 * KeysAndValues) * Size;
}
