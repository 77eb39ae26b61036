namespace Inheritune.Trainer.Models;

/// <summary>What a parameter is to the optimizer and to the initialiser.</summary>
public enum ParameterKind
{
    Linear,

    /// <summary>A linear layer that writes into the residual stream; GPT-2 starts it smaller, by 1/sqrt(2 layers).</summary>
    ResidualProjection,
    Bias,
    NormWeight,
    Embedding,
}
