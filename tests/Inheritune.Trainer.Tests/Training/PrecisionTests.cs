using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Training;

/// <summary>Training with matrix products in BFloat16, of real checkpoints on real text.</summary>
public sealed class PrecisionTests
{
    private const int Steps = 25;

    [Theory]
    [InlineData("stories260K", 3e-3)]
    [InlineData("gpt2-gutenberg-8l", 1e-3)]
    public void The_loss_follows_that_of_Float32_while_it_falls(string checkpoint, double learningRate)
    {
        var exact = Losses(checkpoint, ComputePrecision.Float32, learningRate);
        var rounded = Losses(checkpoint, ComputePrecision.BFloat16, learningRate);

        TestContext.Current.SendDiagnosticMessage($"{checkpoint}: {string.Join(' ', exact.Zip(rounded, (a, b) => FormattableString.Invariant($"{a:F4}/{b:F4}")))}");
        Assert.True(exact[..5].Average() > exact[^5..].Average() + 0.3, "it has learnt");
        Assert.All(exact.Zip(rounded), pair => Assert.Equal(pair.First, pair.Second, 0.02));
        Assert.NotEqual(exact, rounded);
    }

    [Fact]
    public void Factors_have_eight_bits_on_every_processor_and_their_gradients_return_in_Float32()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1 + MathF.ScaleB(1, -9), 1 + MathF.ScaleB(1, -7) }, requires_grad: true);
        var factor = x.For(ComputePrecision.BFloat16);
        factor.sum().backward();

        Assert.Equal([1, 1 + MathF.ScaleB(1, -7)], factor.to(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal(ComputeFormat.HasFastBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32, factor.dtype);
        Assert.Equal(ScalarType.Float32, x.grad!.dtype);
    }

    [Fact]
    public void Weights_gradients_and_moments_are_Float32_so_that_steps_below_the_last_bit_of_BFloat16_add_up()
    {
        using var scope = NewDisposeScope();
        using var model = Open("stories260K", ComputePrecision.BFloat16);
        using var optimizer = new AdamW(model, new TrainingSpec());
        var weight = model.Parameters["model.layers.0.mlp.up_proj.weight"];
        var before = weight.detach().clone();
        Train(model, optimizer, 3, 1e-6);

        Assert.All(model.Parameters, p => Assert.Equal((ScalarType.Float32, ScalarType.Float32), (p.Value.dtype, p.Value.grad!.dtype)));
        Assert.All(optimizer.State, p => Assert.Equal(ScalarType.Float32, p.Value.dtype));
        var change = (weight.detach() - before).abs();
        Assert.True((change > 0).to(ScalarType.Float32).mean().item<float>() > 0.9);
        Assert.InRange(change.max().item<float>(), 1e-6, 1e-5);
    }

    private static double[] Losses(string checkpoint, ComputePrecision precision, double learningRate)
    {
        using var model = Open(checkpoint, precision);
        using var optimizer = new AdamW(model, new TrainingSpec());
        return Train(model, optimizer, Steps, learningRate, checkpoint);
    }

    private static CausalLanguageModel Open(string checkpoint, ComputePrecision precision)
    {
        var model = Target.Load(Checkpoint.Open(Store(checkpoint), "uri"), CPU, SilentStatus.Instance, CancellationToken.None);
        model.Precision = precision;
        return model;
    }

    /// <summary>Trains on something else than the checkpoint was trained on, so that there is something to learn.</summary>
    private static double[] Train(CausalLanguageModel model, AdamW optimizer, int steps, double learningRate, string checkpoint = "stories260K")
    {
        var text = File.ReadAllText(TestData.Path("corpora/shakespeare-excerpt.txt"))[..100_000];
        var ids = new Ids([.. TokenizerFactory.Load(Store(checkpoint), "uri").Encode(text).Select(id => (long)id)]);
        var spec = new TrainingSpec { MicroBatchSize = 8 };
        var step = new TrainingStep(model, optimizer, new BatchSampler(ids, 64, spec.MicroBatchSize, spec.Seed, CPU, steps), spec);
        var losses = new double[steps];
        for (var i = 0; i < steps; i++)
        {
            using var figures = step.Gradients(i, CancellationToken.None);
            step.Update(learningRate, figures);
            losses[i] = figures.Read().Loss;
        }

        return losses;
    }

    private static FileStore Store(string checkpoint) => new(TestData.Path($"checkpoints/{checkpoint}"));

    private sealed class Ids(long[] ids) : ITokenSequence
    {
        public long Length => ids.Length;

        public void Read(long position, Span<long> destination) => ids.AsSpan((int)position, destination.Length).CopyTo(destination);
    }
}
