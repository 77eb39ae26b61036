using Inheritune.Trainer.Models;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Models;

public sealed class SoftmaxResidualTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 7, 1)]
    [InlineData(5, 16, 10)]
    [InlineData(64, 1003, 30)]
    public void Loss_and_residual_equal_those_of_libtorch_s_operators_in_double_precision(int rows, int size, double spread)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var logitsNV = randn(rows, size, generator: generator) * spread;
        var targetsN = arange(rows) * 5 % size;
        var exactNV = logitsNV.to(ScalarType.Float64);
        var (exactLossN, exactSumN) = SoftmaxResidual.ReplaceByOperators(exactNV, targetsN);

        var (lossN, sumN) = SoftmaxResidual.Replace(logitsNV, targetsN);

        Assert.True(lossN.to(ScalarType.Float64).allclose(exactLossN, 1e-6, 2e-6));
        Assert.True((logitsNV / sumN.unsqueeze(1)).to(ScalarType.Float64).allclose(exactNV / exactSumN.unsqueeze(1), 1e-5, 1e-7));
    }

    [Fact]
    public void What_is_not_a_number_stays_so()
    {
        using var scope = NewDisposeScope();
        var logitsNV = zeros(2, 40);
        logitsNV[0, 3] = float.NaN;
        var (lossN, _) = SoftmaxResidual.Replace(logitsNV, zeros(2, ScalarType.Int64));
        Assert.True(float.IsNaN(lossN[0].item<float>()));
        Assert.Equal(Math.Log(40), lossN[1].item<float>(), 1e-5);
    }
}
