using Inheritune.Trainer.Native;

namespace Inheritune.Trainer.Tests.Native;

public sealed class BlockMapTests
{
    private const nuint Begin = 1 << 21, Size = 1000 * 4096;

    private readonly BlockMap _map = new();

    public BlockMapTests() => _map.Add(Begin, Size);

    [Fact]
    public void Blocks_lie_apart_and_all_holes_become_one_again()
    {
        var (random, blocks, refused) = (new Random(1), new SortedDictionary<nuint, nuint>(), 0);
        for (var i = 0; i < 5_000; i++)
        {
            var size = (nuint)random.Next(1, 40 * 4096);
            if (random.Next(5) < 2 && blocks.Count > 0)
            {
                var begin = blocks.Keys.ElementAt(random.Next(blocks.Count));
                blocks.Remove(begin);
                _map.Give(begin);
            }
            else if (_map.Take(size) is var begin and not 0)
            {
                blocks.Add(begin, size);
            }
            else
            {
                refused++;
            }

            Assert.All(blocks.Zip(blocks.Skip(1)), pair => Assert.True(pair.First.Key + pair.First.Value <= pair.Second.Key));
            Assert.True(blocks.Count == 0 || (blocks.First().Key >= Begin && blocks.Last().Key + blocks.Last().Value <= Begin + Size));
        }

        Assert.InRange(refused, 1, 4_000);
        foreach (var begin in blocks.Keys) _map.Give(begin);
        Assert.Equal((nuint)0, _map.Taken);
        Assert.Equal(Begin, _map.Take(Size));
        Assert.Equal((nuint)0, _map.Take(1));
    }

    [Fact]
    public void The_smallest_hole_that_fits_is_used()
    {
        var blocks = new nuint[] { 9, 1, 3, 1, 5, 1 }.Select(pages => _map.Take(pages * 4096)).ToArray();
        foreach (var i in new[] { 0, 2, 4 }) _map.Give(blocks[i]);
        Assert.Equal(blocks[2], _map.Take(2 * 4096));
        Assert.Equal(blocks[4], _map.Take(4 * 4096));
        Assert.Equal(blocks[0], _map.Take(9 * 4096));
    }
}
