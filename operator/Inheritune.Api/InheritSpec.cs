using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>What the target takes over from the reference (paper, section 3; published code).</summary>
public sealed class InheritSpec
{
    [Required, Range(1, 1024), Description("Number of blocks n: the target is made of the reference's blocks 0 to n-1.")]
    public int Layers { get; init; }

    [Description("Paper inherits everything, Repository what the published code does, Random nothing (the baseline).")]
    public InheritPolicy Policy { get; init; } = InheritPolicy.Paper;

    [MinLength(1), MaxLength(3), Description("Parts of each block to inherit; the others start from random weights. Norms means the norm in front of each inherited part.")]
    public IReadOnlyList<BlockPart> Parts { get; init; } = [BlockPart.Attention, BlockPart.MLP, BlockPart.Norms];
}
