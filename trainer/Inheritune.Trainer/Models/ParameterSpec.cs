namespace Inheritune.Trainer.Models;

/// <summary>Name, shape and role of one parameter. Names and layouts are Hugging Face's, so nothing is transposed on the way in or out.</summary>
/// <param name="Name">Hugging Face tensor name.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Kind">Decides fresh weights and weight decay.</param>
/// <param name="Part">Decides inheritance.</param>
/// <param name="Block">Index of the block, or null outside the blocks.</param>
public sealed record ParameterSpec(string Name, long[] Shape, ParameterKind Kind, ModelPart Part, int? Block = null)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>
    /// Weights of linear layers decay; embeddings (a tied head among them), norms and biases do not. This is the rule of
    /// the paper's code; nanoGPT's newer one, which decays every matrix, differs in the embeddings.
    /// </summary>
    public bool Decays => Kind is ParameterKind.Linear or ParameterKind.ResidualProjection;
}
