using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Tests.Status;

public sealed class ActivityClockTests
{
    [Fact]
    public void Every_moment_belongs_to_the_innermost_activity()
    {
        var time = new ManualTime();
        var clock = new ActivityClock(time);
        time.Advance(1);
        using (clock.Enter(TrainingActivity.Evaluation))
        {
            time.Advance(2);
            using (clock.Enter(TrainingActivity.Data)) time.Advance(4);
            time.Advance(8);
            Assert.Equal(new Dictionary<string, double> { ["other"] = 1, ["data"] = 4, ["evaluation"] = 10 }, clock.Take());
            time.Advance(16);
        }

        time.Advance(32);
        Assert.Equal(new Dictionary<string, double> { ["other"] = 32, ["evaluation"] = 16 }, clock.Take());
        Assert.Empty(clock.Take());
    }
}
