using Inheritune.Api;
using Inheritune.Operator.Controllers;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>The pauses between attempts that come to nothing.</summary>
public sealed class PaceTests
{
    [Theory]
    [InlineData(0, null)]
    [InlineData(1, null)]
    [InlineData(2, 10)]
    [InlineData(3, 20)]
    [InlineData(4, 40)]
    [InlineData(8, 600)]
    [InlineData(1000, 600)]
    public void Pauses_double_up_to_ten_minutes_and_differ_between_runs(int fruitless, int? seconds)
    {
        var pauses = Enumerable.Range(0, 50).Select(run => (Pace.Next($"uid-{run}", fruitless, Some.At(0)) - Some.At(0))?.TotalSeconds).ToArray();
        if (seconds is not { } least)
        {
            Assert.All(pauses, pause => Assert.Null(pause));
            return;
        }

        Assert.All(pauses, pause => Assert.InRange(pause!.Value, least, least * 1.2 + 1));
        Assert.NotEqual(pauses.Min(), pauses.Max());
        Assert.Equal(pauses[7], (Pace.Next("uid-7", fruitless, Some.At(0)) - Some.At(0))?.TotalSeconds);
    }

    [Fact]
    public void Next_attempt_is_announced_and_looked_for()
    {
        var seen = new Some { Train = Some.Job("run-train", "Failed"), TrainPods = [Some.Pod("a", 1, 1, ended: 2, disrupted: true, cause: "OutOfcpu"), Some.Pod("b", 97, 97, ended: 98, disrupted: true, cause: "OutOfcpu")] };
        var plan = RunPlan.Of(seen.See());
        Assert.Equal((2, 2), (plan.Status.Attempts!.WithoutProgress, plan.Status.Attempts.Disrupted));
        Assert.InRange(plan.Next!.Value, Some.At(108), Some.At(110));
        Assert.EndsWith($"; the next attempt begins at {plan.Next:yyyy-MM-dd'T'HH:mm:ss'Z'}", plan.Status.Condition(ConditionTypes.Succeeded)!.Message, StringComparison.Ordinal);
        Assert.Empty(plan.Actions);
    }

    [Fact]
    public void Next_preflight_is_announced_and_looked_for()
    {
        var seen = new Some
        {
            Status = new() { Preflights = new() { Disrupted = 1, Uid = "earlier" } },
            Train = null, Preflight = Some.Job("run-preflight", "Failed"), PreflightPods = [Some.Pod("p", 97, 97, ended: 98, disrupted: true, cause: "OutOfcpu")],
        };
        var plan = RunPlan.Of(seen.See());
        Assert.Equal((0, 2, "run-preflight-uid"), (plan.Status.Preflights!.Failed, plan.Status.Preflights.Disrupted, plan.Status.Preflights.Uid));
        Assert.InRange(plan.Next!.Value, Some.At(108), Some.At(110));
        Assert.EndsWith($"; the next attempt begins at {plan.Next:yyyy-MM-dd'T'HH:mm:ss'Z'}", plan.Status.Condition(ConditionTypes.Succeeded)!.Message, StringComparison.Ordinal);
    }
}
