namespace Inheritune.Api;


/// <summary>Sub-modules of a transformer block (paper, table 3).</summary>
public enum BlockPart
{
    Attention,
    MLP,
    Norms,
}
