using Inheritune.Api;

namespace Inheritune.Operator.Tests;

public sealed class ByteQuantityTests
{
    [Theory]
    [InlineData("1k", 1000)]
    [InlineData("1Ki", 1024)]
    [InlineData("5M", 5_000_000)]
    [InlineData("3Mi", 3 << 20)]
    [InlineData("50Gi", 50L << 30)]
    [InlineData("2T", 2_000_000_000_000)]
    [InlineData("999999999999Ti", long.MaxValue)]
    public void Every_unit_is_read(string quantity, long bytes)
    {
        Assert.Matches(Patterns.Bytes, quantity);
        Assert.Equal(bytes, ByteQuantity.Parse(quantity));
    }

    [Theory]
    [InlineData(1, "1Gi")]
    [InlineData(1L << 30, "1Gi")]
    [InlineData((1L << 30) + 1, "2Gi")]
    public void Suggestion_holds_the_bytes(long bytes, string quantity) => Assert.Equal(quantity, ByteQuantity.InGibibytes(bytes));
}
