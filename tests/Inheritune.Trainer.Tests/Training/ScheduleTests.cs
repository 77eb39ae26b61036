using Inheritune.Api;
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

    [Fact]
    public void A_sequence_longer_than_the_context_is_refused()
    {
        var e = Assert.Throws<RunException>(() => TrainingPlan.For(new TrainingSpec { Steps = 1, SequenceLength = 25 }, TinyModels.Gpt2()));
        Assert.Contains("spec.training.sequenceLength: '25'", e.Message, StringComparison.Ordinal);
        Assert.Contains("24", e.Message, StringComparison.Ordinal);
    }
}
