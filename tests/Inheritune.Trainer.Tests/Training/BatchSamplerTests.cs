using Inheritune.Trainer.Data;
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

    [Fact]
    public void Every_window_within_a_stretch_is_drawn_equally_often_and_no_other()
    {
        const int Batches = 4000;
        var tokens = new Numbers(40, 10, 13, 16, 40);
        var sampler = new BatchSampler(tokens, 3, 5, seed: 1, CPU, Batches);
        var drawn = new Dictionary<long, int>();
        for (var i = 0; i < Batches; i++)
        {
            using var scope = NewDisposeScope();
            var (ids, targets) = sampler.Batch(i);
            foreach (var (first, last) in ids[.., 0].contiguous().data<long>().Zip(targets[.., 2].contiguous().data<long>()))
            {
                Assert.Equal(first + 3, last);
                drawn[first] = drawn.GetValueOrDefault(first) + 1;
            }
        }

        // Of the stretches 0-10, 10-13, 13-16 and 16-40, those of three tokens have no room for a window and its target.
        Assert.Equal([.. Enumerable.Range(0, 7), .. Enumerable.Range(16, 21)], drawn.Keys.Order().Select(start => (int)start));
        Assert.All(drawn.Values, count => Assert.InRange(count, 600, 830));
    }

    private sealed class Numbers(int length, params long[] ends) : ITokenSequence
    {
        public long Length => length;

        public IReadOnlyList<long> StretchEnds => ends;

        public void Read(long position, Span<long> destination)
        {
            for (var i = 0; i < destination.Length; i++) destination[i] = position + i;
        }
    }
}
