using static TorchSharp.torch;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Views of a contiguous tensor in host memory, small enough for a span, which cannot hold more than 2 GB.</summary>
internal static class TensorPieces
{
    private const long Elements = 8 << 20;

    public static IEnumerable<Tensor> Of(Tensor tensor)
    {
        using var flat = tensor.view(-1);
        for (var start = 0L; start < flat.shape[0]; start += Elements)
        {
            using var piece = flat.narrow(0, start, Math.Min(Elements, flat.shape[0] - start));
            yield return piece;
        }
    }
}
