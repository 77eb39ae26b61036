using Inheritune.Api;
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
    public void A_gated_MLP_is_the_one_of_operators(int size) => Compare(
        [[3, 20, 6], [size, 6], [size, 6], [6, size]],
        // Its weights have a gradient before, to which theirs is added.
        t => GatedMlp.Of(t[0], new(t[1], t[2], t[3])) + t[1..].Select(w => w.sum()).Aggregate((a, b) => a + b),
        t => SwiGlu.ByOperators(t[0].matmul(t[1].t()), t[0].matmul(t[2].t())).matmul(t[3].t()) + t[1..].Select(w => w.sum()).Aggregate((a, b) => a + b));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void GELU_is_the_one_of_operators(int size) =>
        Compare([[3, 200, size]], t => TanhGelu.Of(t[0] * 4), t => TanhGelu.ByOperators(t[0] * 4));

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

    [Fact]
    public void A_rotation_of_rounded_queries_is_rounded_only_at_its_end()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (x, angles) = (randn(1, 500, 2, 8, generator: generator).to(ScalarType.BFloat16), outer(arange(500, dtype: ScalarType.Float32), tensor(new[] { 1f, 0.1f, 0.01f, 0.001f })));
        var anglesTD = cat([angles, angles], 1);
        var exact = Rotation.ByOperators(x.to(ScalarType.Float64), anglesTD.to(ScalarType.Float64).cos(), anglesTD.to(ScalarType.Float64).sin());
        var rotated = Rotation.Of(x, anglesTD.cos(), anglesTD.sin());
        Assert.Equal(ScalarType.BFloat16, rotated.dtype);
        // Half of the last of BFloat16's 8 bits.
        Assert.True(rotated.to(ScalarType.Float64).allclose(exact, 1.01 / 256, 1e-4));
    }

    /// <summary>With and without a rest behind the last whole vector and group of rows; the last is large enough for several threads.</summary>
    public static TheoryData<int, int> Weights => new() { { 2, 3 }, { 30, 64 }, { 64, 30 }, { 73, 101 }, { 515, 700 } };

    [Theory]
    [MemberData(nameof(Weights))]
    public void Products_of_one_row_are_libtorch_s(int from, int to)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var _ = no_grad();
        var (x, bias) = (randn(1, 1, from, generator: generator), randn(to, generator: generator));
        var (linear, conv) = (randn(to, from, generator: generator), randn(from, to, generator: generator));
        Assert.True(SingleRow.Is(x, from, ComputePrecision.Float32));
        foreach (var b in new[] { null, bias })
        {
            var (expectedLinear, expectedConv) = (x.matmul(linear.t()) + (b ?? 0), x.matmul(conv) + (b ?? 0));
            Tensor[]? biases = b is null ? null : [b];
            Assert.Equal(expectedLinear.shape, SingleRow.Linear(x, [linear], biases).shape);
            Assert.Equal(expectedConv.shape, SingleRow.Conv1D(x, conv, b).shape);
            Assert.True(SingleRow.Linear(x, [linear], biases).allclose(expectedLinear, 1e-4, 1e-4));
            Tensor[]? split = b is null ? null : [b[..1], b[1..]];
            Assert.True(SingleRow.Linear(x, [linear[..1], linear[1..]], split).allclose(expectedLinear, 1e-4, 1e-4));
            Assert.True(SingleRow.Conv1D(x, conv, b).allclose(expectedConv, 1e-4, 1e-4));
        }
    }

    /// <summary>Head sizes and lengths; the last is large enough for several threads.</summary>
    public static TheoryData<int, int> Lengths => new() { { 6, 1 }, { 8, 5 }, { 20, 33 }, { 64, 2100 } };

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Attention_of_the_next_token_is_libtorch_s(int size, int length)
    {
        const int queries = 4, keys = 2;
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var _ = no_grad();
        using var cache = new KeyValueCache(2, length + 7);
        var qkv = randn(1, length, (queries + 2 * keys) * size, generator: generator);
        var angles = outer(arange(length + 3, dtype: ScalarType.Float32), arange(size / 2, dtype: ScalarType.Float32));
        var (cosTD, sinTD) = (cat([angles, angles], 1).cos(), cat([angles, angles], 1).sin());
        Tensor Part(int heads, int before, Func<Tensor, Tensor> turn) => turn(qkv.narrow(2, before * size, heads * size).view(1, length, heads, size)).transpose(1, 2);
        foreach (var (heads, turn) in new (AttentionHeads, Func<Tensor, Tensor>)[]
        {
            (new(queries, keys, size, 1.5), x => x),
            (new(queries, keys, size, 1.5, cosTD, sinTD), x => Rotation.ByOperators(x, cosTD[..length], sinTD[..length])),
        })
        {
            cache.Truncate(0);
            var (q, k, v) = (Part(queries, 0, turn) * 1.5, Part(keys, queries, turn), Part(keys, queries + keys, x => x));
            if (length > 1) cache.Append(1, k[.., .., ..(length - 1)], v[.., .., ..(length - 1)]);
            cache.Advance(length - 1);
            var expected = nn.functional.scaled_dot_product_attention(q[.., .., (length - 1)..], k.repeat_interleave(2, 1), v.repeat_interleave(2, 1));
            Assert.True(SingleQuery.Of(qkv[.., (length - 1)..].contiguous(), heads, cache, 1).allclose(expected.transpose(1, 2).reshape(1, 1, -1), 1e-4, 1e-5));

            // What it has added is what the cache would have been given.
            var (heldKeys, heldValues) = cache.Room(1, [], q);
            Assert.True(heldKeys[.., .., ..length].allclose(k, 1e-5, 1e-5));
            Assert.True(heldValues[.., .., ..length].allclose(v, 0, 0));
        }
    }

    [Fact]
    public void A_full_cache_takes_no_other_token()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var cache = new KeyValueCache(1, 2);
        cache.Advance(2);
        Assert.Throws<InvalidOperationException>(() => SingleQuery.Of(randn(1, 1, 12), new(1, 1, 4), cache, 0));
    }

    /// <summary>Heads of queries and of keys, their size, tokens: with and without rests behind blocks and vectors.</summary>
    public static TheoryData<int, int, int, int> Attentions => new() { { 2, 1, 6, 5 }, { 3, 3, 8, 33 }, { 4, 2, 20, 32 }, { 6, 2, 64, 130 }, { 2, 2, 80, 300 } };

    [Theory]
    [MemberData(nameof(Attentions))]
    public void Causal_attention_is_libtorch_s(int heads, int keyHeads, int size, int tokens)
    {
        Compare([[3, tokens, (heads + 2 * keyHeads) * size]], t => CausalAttention.Of(t[0], new(heads, keyHeads, size, 1.5)), t => Attend(t[0], x => x));
        using var scope = NewDisposeScope();
        var angles = outer(arange(tokens, dtype: ScalarType.Float64), arange(size / 2, dtype: ScalarType.Float64));
        var (cosTD, sinTD) = (cat([angles, angles], 1).cos(), cat([angles, angles], 1).sin());
        var layout = new AttentionHeads(heads, keyHeads, size, 1.5, cosTD.to(ScalarType.Float32), sinTD.to(ScalarType.Float32));
        Compare([[3, tokens, layout.Width]], t => CausalAttention.Of(t[0], layout), t => Attend(t[0], x => Rotation.ByOperators(x, cosTD, sinTD)));

        Tensor Attend(Tensor qkvBTC, Func<Tensor, Tensor> rotate)
        {
            var parts = qkvBTC.view(3, tokens, heads + 2 * keyHeads, size).split([heads, keyHeads, keyHeads], 2);
            var (q, k, v) = (rotate(parts[0]) * 1.5, rotate(parts[1]).repeat_interleave(heads / keyHeads, 2), parts[2].repeat_interleave(heads / keyHeads, 2));
            return nn.functional.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), is_casual: true).transpose(1, 2).reshape(3, tokens, -1);
        }
    }

    [Fact]
    public void Causal_attention_rounds_what_it_reads_and_returns_and_nothing_in_between()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (x, weights) = (randn(3, 130, 10 * 64, generator: generator).to(ScalarType.BFloat16), randn(3, 130, 6 * 64, generator: generator).to(ScalarType.BFloat16));
        var (y, gradient) = Derive(ScalarType.BFloat16);
        var (yExact, gradientExact) = Derive(ScalarType.Float32);
        Assert.Equal((ScalarType.BFloat16, ScalarType.BFloat16), (y.dtype, gradient.dtype));
        // Half of the last of BFloat16's 8 bits; the gradient is made from the rounded result.
        Assert.True(y.to(ScalarType.Float32).allclose(yExact, 1.0 / 256, 1e-6));
        Assert.InRange(((gradient.to(ScalarType.Float32) - gradientExact).norm() / gradientExact.norm()).item<float>(), 0, 1f / 256);

        (Tensor Y, Tensor Gradient) Derive(ScalarType type)
        {
            var leaf = x.to(type).detach().clone().requires_grad_();
            var y = CausalAttention.Of(leaf, new(6, 2, 64));
            (y * weights.to(type)).sum().backward();
            return (y.detach(), leaf.grad!);
        }
    }

    /// <summary>Without vectors of 512 bits in the processor, they would become several times slower after a second; the benchmark <c>kernels</c> sees it.</summary>
    [Fact]
    public void The_program_is_not_compiled_anew_by_profiles() => Assert.Contains(
        "\"System.Runtime.TieredPGO\": false", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "inheritune-trainer.runtimeconfig.json")), StringComparison.Ordinal);

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
