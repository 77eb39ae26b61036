using System.Runtime.Intrinsics;
using Inheritune.Trainer.Models;

namespace Inheritune.Trainer.Tests.Models;

public sealed class ExponentialTests
{
    [Fact]
    public void It_is_exact_to_two_units_in_the_last_place()
    {
        for (var x = -103f; x < 88.72f; x += 0.00371f)
        {
            var exact = Math.Exp(x);
            var difference = Math.Abs(Of(x) - exact);
            double unit = MathF.BitIncrement((float)exact) - (float)exact;
            Assert.True(difference <= 2 * unit, $"e^{x:R} is {exact}, and not {Of(x)}");
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-105, 0)]
    [InlineData(-1e30, 0)]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(89, float.PositiveInfinity)]
    [InlineData(1e30, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void It_ends_where_numbers_end(float x, float expected) => Assert.Equal(expected, Of(x));

    private static float Of(float x) => Exponential.Of(Vector512.Create(x))[0];
}
