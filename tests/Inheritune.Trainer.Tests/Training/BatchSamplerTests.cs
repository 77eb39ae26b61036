using Inheritune.Trainer.Tests.Data;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Training;

public sealed class BatchSamplerTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(7, 4)]
    [InlineData(0, 5000)]
    public void Batches_are_announced_far_ahead_and_as_they_are_drawn(long first, int batchSize)
    {
        const int Batches = 2000;
        var tokens = new WatchedTokens(97, 5000);
        var sampler = new BatchSampler(tokens, 3, batchSize, seed: 1, CPU, Batches);
        var ahead = Math.Max(1, 4096 / batchSize);
        for (var i = first; i < first + 20; i++)
        {
            using var scope = NewDisposeScope();
            sampler.Batch(i);
            Assert.Equal(ahead * batchSize, tokens.Outstanding);
        }

        if (batchSize > 4) return;
        for (var i = first + 20; i < Batches; i++)
        {
            using var scope = NewDisposeScope();
            var (ids, targets) = sampler.Batch(i);
            Assert.Equal(ids[.., 1..].data<long>().ToArray(), targets[.., ..2].contiguous().data<long>().ToArray());
        }

        Assert.Equal(0, tokens.Outstanding);
    }
}
