namespace Inheritune.Trainer.Models;

/// <summary>Where in the model a parameter stands.</summary>
public enum ModelPart
{
    TokenEmbedding,
    PositionEmbedding,

    /// <summary>The norm in front of attention.</summary>
    AttentionNorm,
    Attention,

    /// <summary>The norm in front of the MLP.</summary>
    MLPNorm,
    MLP,
    FinalNorm,
    Head,
}
