using Inheritune.Api;
using Inheritune.Operator.Controllers;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>The time to save follows from the size of what is to be saved.</summary>
public sealed class GracePolicyTests
{
    [Theory]
    [InlineData(null, null, null, 120)]
    [InlineData(1_500_000_000L, null, null, 120)]
    [InlineData(21_800_000_000L, null, null, 727)]
    [InlineData(21_800_000_000L, 400, null, 800)]
    [InlineData(21_800_000_000L, 100, null, 727)]
    [InlineData(900_000_000_000L, null, null, 3600)]
    [InlineData(21_800_000_000L, 400, 30, 30)]
    public void Grace_holds_two_checkpoints_unless_it_is_given(long? checkpoint, int? took, int? given, int expected)
    {
        var seen = new Some { Train = null, Spec = new() { Checkpoint = new() { GracePeriodSeconds = given } } };
        seen.Status = new()
        {
            StartTime = Some.At(0), Conditions = seen.Status!.Conditions, CheckpointBytes = checkpoint,
            Checkpoint = took is null ? null : new() { Step = 1, SaveSeconds = took },
        };
        Assert.Equal(expected, RunPlan.Of(seen.See()).Actions.OfType<ChildAction.CreateTrain>().Single().GraceSeconds);
    }

    [Fact]
    public void Last_words_of_the_preflight_decide_and_are_kept_for_the_time_when_its_pod_is_gone()
    {
        var seen = new Some { Status = new(), Train = null, Preflight = Some.Job("run-preflight") };
        seen.PreflightPods = [Some.Pod("p", 1, 2, code: 0, words: """{"code":0,"reason":"Done","message":"fine","checkpointBytes":21600000000}""")];
        var plan = RunPlan.Of(seen.See());
        Assert.Equal(720, plan.Actions.OfType<ChildAction.CreateTrain>().Single().GraceSeconds);
        Assert.Equal(21_600_000_000, plan.Status.CheckpointBytes);

        (seen.Status, seen.Preflight, seen.PreflightPods) = (plan.Status, null, []);
        Assert.Equal(720, RunPlan.Of(seen.See()).Actions.OfType<ChildAction.CreateTrain>().Single().GraceSeconds);
        Assert.Equal(plan.Status.CheckpointBytes, RunPlan.Of(seen.See()).Status.CheckpointBytes);
    }
}
