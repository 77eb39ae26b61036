using Inheritune.Api;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Tests.Training;

public sealed class ScheduleTests
{
    [Fact]
    public void The_paper_s_schedule_starts_at_zero_peaks_after_warm_up_and_ends_at_the_minimum()
    {
        var schedule = new LearningRateSchedule(3e-4, 1e-5, 2000, 100_000);
        Assert.Equal(0, schedule.At(0));
        Assert.Equal(1.5e-4, schedule.At(1000), 1e-12);
        Assert.Equal(3e-4, schedule.At(2000), 1e-12);
        Assert.Equal((3e-4 + 1e-5) / 2, schedule.At(51_000), 1e-12);
        Assert.Equal(1e-5, schedule.At(100_000), 1e-12);
        Assert.Equal(1e-5, schedule.At(200_000), 1e-12);
    }

    [Fact]
    public void Warm_up_is_two_percent_unless_given_and_tokens_are_rounded_up_to_steps()
    {
        var plan = TrainingPlan.For(new TrainingSpec { Tokens = 24 * 8 * 1000 - 5, MicroBatchSize = 4, GradientAccumulationSteps = 2 }, TinyModels.Gpt2());
        Assert.Equal(1000, plan.TotalSteps);
        Assert.Equal(24 * 8, plan.TokensPerStep);
        Assert.Equal(20, plan.Schedule.WarmupSteps);
    }

    [Theory]
    [InlineData(long.MaxValue, 1, "spec.training.tokens: '9223372036854775807' would be 1152921504606846976 steps of 8 tokens")]
    [InlineData(long.MaxValue, 65536, "spec.training.tokens: '9223372036854775807' would be 17592186044416 steps of 524288 tokens")]
    [InlineData(2147483647, 1, "spec.training.tokens: '2147483647' would be 268435456 steps of 8 tokens; at most 100000000")]
    public void More_steps_than_can_be_counted_are_refused(long tokens, int accumulation, string message) =>
        Refused(new() { Tokens = tokens, SequenceLength = 8, MicroBatchSize = 1, GradientAccumulationSteps = accumulation }, TinyModels.Gpt2(), message);

    [Fact]
    public void Batches_and_tokens_beyond_their_numbers_are_refused()
    {
        var wide = TinyModels.Gpt2() with { ContextLength = 1 << 20 };
        Refused(new() { Steps = 100_000_000, SequenceLength = 1 << 14, MicroBatchSize = 65536, GradientAccumulationSteps = 65536 }, wide, "spec.training.steps: '100000000' would be 100000000 steps of 70368744177664 tokens; at most 131071 steps");
        Refused(new() { Steps = 1, SequenceLength = 1 << 20, MicroBatchSize = 65536 }, wide, "spec.training.microBatchSize: '65536' is too many sequences of 1048576 tokens");
    }

    [Theory]
    [InlineData("epsilon", "1e-60", "is too small for Float32")]
    [InlineData("learningRate", "1e-45", "is too small for Float32")]
    [InlineData("learningRate", "1e39", "is too large for Float32")]
    [InlineData("minLearningRate", "1e-60", "is too small for Float32")]
    [InlineData("weightDecay", "1e60", "is too large for Float32")]
    [InlineData("gradientClipNorm", "1e-60", "is too small for Float32")]
    [InlineData("beta1", "1e-60", "is too small for Float32")]
    [InlineData("beta2", "0.99999999", "is 1 in Float32")]
    [InlineData("dropout", "0.99999999", "is 1 in Float32")]
    public void A_decimal_that_Float32_cannot_hold_is_refused_by_name(string field, string value, string message)
    {
        var spec = new TrainingSpec { Steps = 1 };
        typeof(TrainingSpec).GetProperties().Single(property => InheritRunValidator.FieldName(property) == field).SetValue(spec, value);
        Refused(spec, TinyModels.Gpt2(), $"spec.training.{field}: '{value}' {message}");
    }

    [Fact]
    public void Zero_and_the_extremes_of_Float32_are_taken() =>
        TrainingPlan.For(new() { Steps = 1, LearningRate = "0", MinLearningRate = "0", WeightDecay = "3e38", Beta1 = "0", Beta2 = "0.9999999", Epsilon = "1.2e-38", GradientClipNorm = "0" }, TinyModels.Gpt2());

    [Fact]
    public void An_input_table_that_is_no_head_does_no_work()
    {
        double Flops(ModelConfig model) => new ThroughputMeter(model, TrainingPlan.For(new() { Steps = 1 }, model), 1).FlopsPerToken;
        foreach (var model in new[] { TinyModels.Gpt2(), TinyModels.Llama() }) Assert.Equal(Flops(model with { TiedHead = true }), Flops(model with { TiedHead = false }));
    }

    private static void Refused(TrainingSpec spec, ModelConfig model, string message) =>
        Assert.Contains(message, Assert.Throws<RunException>(() => TrainingPlan.For(spec, model)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_sequence_longer_than_the_context_is_refused()
    {
        var e = Assert.Throws<RunException>(() => TrainingPlan.For(new TrainingSpec { Steps = 1, SequenceLength = 25 }, TinyModels.Gpt2()));
        Assert.Contains("spec.training.sequenceLength: '25'", e.Message, StringComparison.Ordinal);
        Assert.Contains("24", e.Message, StringComparison.Ordinal);
    }
}
