using Inheritune.Trainer.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>
/// Draws sequences that start anywhere in the data, with replacement, ignoring document boundaries (paper; nanoGPT); every start from which a
/// sequence and its target follow on in the corpus is equally likely. Batch number i is a function of the seed and i, so the position in the data needs no saving, and the data of batches to come is fetched
/// ahead of them.
/// </summary>
/// <param name="tokens">The data.</param>
/// <param name="sequenceLength">Tokens of a sequence.</param>
/// <param name="batchSize">Sequences of a batch.</param>
/// <param name="seed">Decides the batches.</param>
/// <param name="device">Where they go.</param>
/// <param name="batches">Number of batches that will be drawn.</param>
public sealed class BatchSampler(ITokenSequence tokens, int sequenceLength, int batchSize, int seed, Device device, long batches)
{
    /// <summary>A link that fails for a few seconds makes no training wait. The cache looks ahead less far if it is small.</summary>
    private const int SequencesAhead = 4096;

    private readonly Windows _windows = new(tokens, sequenceLength, 1);
    private readonly long[] _window = new long[sequenceLength + 1];
    private readonly long[] _ids = new long[sequenceLength * batchSize];
    private readonly long[] _targets = new long[sequenceLength * batchSize];
    private long _announced;

    /// <summary>Ids and the ids that follow them, both Int64 [B, T].</summary>
    public (Tensor IdsBT, Tensor TargetsBT) Batch(long index)
    {
        Announce(index);
        for (var b = 0; b < batchSize; b++)
        {
            tokens.Read(Start(index, b), _window);
            _window.AsSpan(0, sequenceLength).CopyTo(_ids.AsSpan(b * sequenceLength));
            _window.AsSpan(1).CopyTo(_targets.AsSpan(b * sequenceLength));
        }

        return (Upload(_ids), Upload(_targets));
    }

    /// <summary>From pinned memory a GPU fetches by itself, while the host goes on.</summary>
    private Tensor Upload(long[] ids)
    {
        var idsBT = tensor(ids, [batchSize, sequenceLength]);
        return device.type == DeviceType.CUDA ? idsBT.pin_memory().to(device, non_blocking: true) : idsBT.to(device);
    }

    private void Announce(long index)
    {
        var end = Math.Min(batches, index + 1 + Math.Max(1, SequencesAhead / batchSize));
        for (_announced = Math.Max(_announced, index); _announced < end; _announced++)
            for (var b = 0; b < batchSize; b++) tokens.Prefetch(Start(_announced, b), _window.Length);
    }

    private long Start(long index, int b) => _windows[CounterRandom.Below(_windows.Count, seed, "batch", index * batchSize + b)];
}
