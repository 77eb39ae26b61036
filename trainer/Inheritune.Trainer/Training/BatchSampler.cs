using Inheritune.Trainer.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>
/// Draws sequences that start anywhere in the data, with replacement, ignoring document boundaries (paper; nanoGPT). Batch
/// number i is a function of the seed and i, so the position in the data needs no saving.
/// </summary>
public sealed class BatchSampler(ITokenSequence tokens, int sequenceLength, int batchSize, int seed, Device device)
{
    private readonly long[] _window = new long[sequenceLength + 1];
    private readonly long[] _ids = new long[sequenceLength * batchSize];
    private readonly long[] _targets = new long[sequenceLength * batchSize];

    /// <summary>Ids and the ids that follow them, both Int64 [B, T].</summary>
    public (Tensor IdsBT, Tensor TargetsBT) Batch(long index)
    {
        for (var b = 0; b < batchSize; b++)
        {
            var start = CounterRandom.Below(tokens.Length - sequenceLength, seed, "batch", index * batchSize + b);
            tokens.Read(start, _window);
            _window.AsSpan(0, sequenceLength).CopyTo(_ids.AsSpan(b * sequenceLength));
            _window.AsSpan(1).CopyTo(_targets.AsSpan(b * sequenceLength));
        }

        return (tensor(_ids, [batchSize, sequenceLength]).to(device), tensor(_targets, [batchSize, sequenceLength]).to(device));
    }
}
