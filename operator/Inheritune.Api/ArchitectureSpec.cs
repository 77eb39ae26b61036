using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>Shape of a model that starts from random weights, together with its tokenizer.</summary>
public sealed class ArchitectureSpec
{
    [Description("Model family: GPT2 (learned positions, LayerNorm, GELU) or Llama (rotary positions, RMSNorm, SwiGLU).")]
    public ModelFamily Family { get; init; } = ModelFamily.GPT2;

    [Required, Range(1, 1024), Description("Number of transformer blocks.")]
    public int Layers { get; init; }

    [Required, Range(8, 65536), Description("Width of the residual stream.")]
    public int HiddenSize { get; init; }

    [Required, Range(1, 1024), Description("Number of attention heads; divides hiddenSize.")]
    public int Heads { get; init; }

    [Range(1, 1024), Description("Number of key-value heads (Llama); divides heads. Default: heads.")]
    public int? KeyValueHeads { get; init; }

    [Range(8, 262144), Description("Width of the MLP. Default: 4 x hiddenSize (GPT2), 8/3 x hiddenSize rounded up to a multiple of 32 (Llama).")]
    public int? IntermediateSize { get; init; }

    [Range(8, 1048576), Description("Longest sequence the model can read, in tokens.")]
    public int ContextLength { get; init; } = 1024;

    [StringLength(1024, MinimumLength = 1), RegularExpression(Patterns.Uri), Mountable]
    [Description("Folder to take the tokenizer files from. Default: a byte-level BPE tokenizer is trained on the dataset.")]
    public string? TokenizerUri { get; init; }

    [Range(257, 1000000), Description("Size of the vocabulary of the tokenizer that is trained on the dataset.")]
    public int VocabularySize { get; init; } = 4096;
}
