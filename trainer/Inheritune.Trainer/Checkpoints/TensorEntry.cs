namespace Inheritune.Trainer.Checkpoints;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dtype">Element type as the format writes it, such as <c>BF16</c>.</param>
/// <param name="Shape">Sizes of the dimensions; empty for a scalar.</param>
/// <param name="File">Key of the file in its store.</param>
/// <param name="Offset">First byte, counted from the beginning of the file.</param>
/// <param name="Length">Number of bytes.</param>
public sealed record TensorEntry(string Name, string Dtype, long[] Shape, string File, long Offset, long Length)
{
    /// <summary>Number of elements.</summary>
    public long Count => Length * 8 / TensorDtype.BitsOf(Dtype);
}
