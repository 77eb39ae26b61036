using Inheritune.Trainer.Data;

namespace Inheritune.Trainer.Tests.Data;

public sealed class SegmentPermutationTests
{
    [Fact]
    public void Every_index_occurs_once()
    {
        foreach (var count in new[] { 1, 2, 3, 4, 5, 16, 17, 1000, 4096, 5000 })
        {
            var permutation = new SegmentPermutation(count);
            Assert.Equal(Enumerable.Range(0, count), Enumerable.Range(0, count).Select(index => (int)permutation[index]).Order());
        }
    }

    [Fact]
    public void The_order_is_spread_over_the_range()
    {
        const int Count = 100_000;
        var one = new SegmentPermutation(Count);
        Assert.InRange(Enumerable.Range(0, 1000).Average(index => one[index]), 0.46 * Count, 0.54 * Count);
        Assert.InRange(Enumerable.Range(0, 1000).Count(index => one[index + 1] == one[index] + 1), 0, 5);
    }
}
