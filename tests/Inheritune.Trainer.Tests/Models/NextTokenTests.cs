using Inheritune.Trainer.Models;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Models;

public sealed class NextTokenTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 7, 1)]
    [InlineData(5, 16, 10)]
    [InlineData(64, 1003, 30)]
    public void Sums_and_highest_logits_equal_those_of_libtorch_s_operators(int rows, int size, double spread)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var logitsNV = randn(rows, size, generator: generator) * spread;

        var (logSumN, highestN) = NextToken.Of(logitsNV);

        var (exactLogSumN, exactHighestN) = NextToken.ByOperators(logitsNV.to(ScalarType.Float64));
        Assert.Equal(exactHighestN, highestN);
        Assert.All(exactLogSumN.Zip(logSumN), pair => Assert.Equal(pair.First, pair.Second, 2e-6 * Math.Max(1, Math.Abs(pair.First))));
    }

    [Fact]
    public void Of_several_highest_logits_the_first_one_counts()
    {
        using var logitsNV = zeros(2, 40);
        logitsNV[1, 7] = logitsNV[1, 30] = 2f;
        Assert.Equal([0, 7], NextToken.Of(logitsNV).HighestN);
    }
}
