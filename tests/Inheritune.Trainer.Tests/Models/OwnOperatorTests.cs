using Inheritune.Trainer.Models;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Models;

/// <summary>Operators of our own against the same from libtorch's, values and gradients, the latter in double precision.</summary>
public sealed class OwnOperatorTests
{
    /// <summary>With and without a rest behind the last whole vector.</summary>
    public static TheoryData<int> Sizes => [2, 30, 64, 72];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void RmsNorm_is_the_one_of_operators(int size) =>
        Compare([[3, 5, size], [size]], t => RmsNorm.Of(t[0], t[1], 1e-5), t => RmsNorm.ByOperators(t[0], t[1], 1e-5));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void SwiGLU_is_the_one_of_operators(int size) =>
        Compare([[3, 200, size], [3, 200, size]], t => SwiGlu.Of(t[0], t[1]), t => SwiGlu.ByOperators(t[0], t[1]));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Rotation_is_the_one_of_operators(int size)
    {
        using var scope = NewDisposeScope();
        var angles = outer(arange(5, dtype: ScalarType.Float64), arange(size / 2, dtype: ScalarType.Float64));
        var anglesTD = cat([angles, angles], 1);
        Tensor Cos(ScalarType type) => anglesTD.cos().to(type);
        Tensor Sin(ScalarType type) => anglesTD.sin().to(type);
        Compare([[3, 5, 2, size]], t => Rotation.Of(t[0], Cos(ScalarType.Float32), Sin(ScalarType.Float32)), t => Rotation.ByOperators(t[0], Cos(ScalarType.Float64), Sin(ScalarType.Float64)));
    }

    [Fact]
    public void A_rotation_takes_positions_of_each_sequence()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (x, angles) = (randn(3, 5, 2, 8, generator: generator), randn(3, 5, 4, generator: generator));
        var anglesBTD = cat([angles, angles], 2);
        Assert.True(Rotation.Of(x, anglesBTD.cos(), anglesBTD.sin()).allclose(Rotation.ByOperators(x, anglesBTD.cos(), anglesBTD.sin()), 1e-5, 1e-6));
    }

    private static void Compare(long[][] shapes, Func<Tensor[], Tensor> own, Func<Tensor[], Tensor> plain)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var inputs = Array.ConvertAll(shapes, shape => randn(shape, generator: generator));
        var (ours, theirs) = (Derive(own, ScalarType.Float32), Derive(plain, ScalarType.Float64));
        Assert.All(ours.Zip(theirs), pair => Assert.True(pair.First.to(ScalarType.Float64).allclose(pair.Second, 1e-4, 1e-5)));

        // The result and the gradient of each input, for a gradient that is not laid out as the result is.
        Tensor[] Derive(Func<Tensor[], Tensor> function, ScalarType type)
        {
            var leaves = Array.ConvertAll(inputs, input => input.to(type).detach().clone().requires_grad_());
            var result = function(leaves);
            var weights = (arange(result.numel(), dtype: ScalarType.Float64) * 0.7).sin().to(type).view([.. result.shape.Reverse()]).permute([.. Enumerable.Range(0, result.shape.Length).Select(d => (long)d).Reverse()]);
            (result * weights).sum().backward();
            return [result.detach(), .. leaves.Select(leaf => leaf.grad!)];
        }
    }
}
