using Inheritune.Trainer.Native;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Training;

namespace Inheritune.EndToEnd.Tests.Runs;

[Collection(nameof(SharedGenerator))]
public sealed class TrainingTests
{
    private const string Common = "steps: 4, logEverySteps: 1, warmupSteps: 0";

    [Theory]
    [InlineData("GPT2")]
    [InlineData("Llama")]
    public void Accumulated_gradients_equal_those_of_the_large_batch(string family)
    {
        var large = Train(family, $"{Common}, microBatchSize: 8");
        var accumulated = Train(family, $"{Common}, microBatchSize: 2, gradientAccumulationSteps: 4");

        Assert.All(large.Zip(accumulated), pair =>
        {
            Assert.Equal(pair.First.Loss!.Value, pair.Second.Loss!.Value, 1e-5);
            Assert.Equal(pair.First.GradientNorm!.Value, pair.Second.GradientNorm!.Value, 1e-4);
        });
    }

    [Fact]
    public void Summed_gradients_are_as_many_times_the_mean_as_there_are_micro_batches()
    {
        var mean = Train("GPT2", $"{Common}, microBatchSize: 2, gradientAccumulationSteps: 4");
        var sum = Train("GPT2", $"{Common}, microBatchSize: 2, gradientAccumulationSteps: 4, gradientReduction: Sum");

        Assert.Equal(4 * mean[0].GradientNorm!.Value, sum[0].GradientNorm!.Value, 1e-3);
        Assert.Equal(mean[0].Loss, sum[0].Loss);
    }

    [Fact]
    public void BFloat16_follows_Float32_at_a_distance()
    {
        var exact = Train("Llama", $"{Common}, microBatchSize: 4");
        var rounded = Train("Llama", $"{Common}, microBatchSize: 4, precision: BFloat16");

        Assert.All(exact.Zip(rounded), pair => Assert.Equal(pair.First.Loss!.Value, pair.Second.Loss!.Value, 0.02));
        Assert.NotEqual(exact[^1].Loss, rounded[^1].Loss);
    }

    [Fact]
    public void Dropout_changes_training_and_not_evaluation()
    {
        var without = Train("GPT2", $"{Common}, microBatchSize: 4", evaluations: true);
        var with = Train("GPT2", $"{Common}, microBatchSize: 4, dropout: \"0.3\"", evaluations: true);

        Assert.Equal(without[0].ValidationLoss, with[0].ValidationLoss);
        Assert.NotEqual(without[^1].ValidationLoss, with[^1].ValidationLoss);
    }

    [Fact]
    public void The_same_recipe_gives_the_same_weights_and_another_seed_does_not()
    {
        using var sample = new SampleRun("GPT2");
        using var again = new SampleRun("GPT2");
        using var other = new SampleRun("GPT2", "steps: 6, microBatchSize: 2, gradientAccumulationSteps: 2, logEverySteps: 1, dropout: \"0.1\", seed: 2");
        foreach (var run in new[] { sample, again, other }) run.Execute("out", SilentStatus.Instance, CancellationToken.None);

        Assert.Equal(sample.Fingerprint("out"), again.Fingerprint("out"));
        Assert.NotEqual(sample.Fingerprint("out"), other.Fingerprint("out"));
    }

    [Fact]
    public void Activations_that_are_computed_again_pass_twice_and_give_the_same_weights()
    {
        using var kept = new SampleRun("GPT2");
        using var again = new SampleRun("GPT2", "steps: 6, microBatchSize: 2, gradientAccumulationSteps: 2, logEverySteps: 1, dropout: \"0.1\", activationCheckpointing: true");
        OperatorTimes.Start();
        int Activations(SampleRun run)
        {
            OperatorTimes.Take();
            run.Execute("out", SilentStatus.Instance, CancellationToken.None);
            return OperatorTimes.Take()["aten::scaled_dot_product_attention"].Calls;
        }

        Assert.True(Activations(again) > Activations(kept));
        Assert.Equal(kept.Fingerprint("out"), again.Fingerprint("out"));
    }

    private static List<MetricPoint> Train(string family, string training, bool evaluations = false)
    {
        using var sample = new SampleRun(family, training);
        sample.Execute("out", SilentStatus.Instance, CancellationToken.None);
        return [.. MetricsFile.Read(sample.Folder("out/metrics.jsonl")).Where(p => p.ValidationLoss is not null == evaluations)];
    }
}
