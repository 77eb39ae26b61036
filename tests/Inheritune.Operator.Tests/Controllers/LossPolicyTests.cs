using Inheritune.Operator.Controllers;
using k8s.Models;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>When a run goes on beside a Job that cannot end.</summary>
public sealed class LossPolicyTests
{
    private static readonly V1Job Going = new() { Metadata = new() { Name = "run-train", DeletionTimestamp = Some.At(200).UtcDateTime } };

    [Theory]
    [InlineData(50, 150, 350)]
    [InlineData(50, 400, 460)]
    [InlineData(null, 150, 450)]
    public void A_lost_pod_is_given_its_grace_and_its_node_five_minutes(int? unreachable, int leaves, int from) =>
        Assert.Equal(Some.At(from), LossPolicy.DesertedFrom(Going, [Some.Pod("a", 1, 2, 3, unreachable: unreachable, leaves: leaves)]));

    [Fact]
    public void A_pod_that_nobody_has_told_to_end_may_write_for_ever() =>
        Assert.Null(LossPolicy.DesertedFrom(Going, [Some.Pod("a", 1, 2, 3, unreachable: 50, leaves: 150), Some.Pod("b", 1, 2, 3, unreachable: 50)]));

    [Fact]
    public void A_Job_that_stays_without_a_pod_that_runs_is_given_five_minutes()
    {
        Assert.Equal(Some.At(500), LossPolicy.DesertedFrom(Going, [Some.Pod("a", 1, 2, code: 10, ended: 100)]));
        Assert.Equal(Some.At(500), LossPolicy.DesertedFrom(Going, []));
        Assert.Null(LossPolicy.DesertedFrom(Some.Job("run-train"), []));
    }

    [Fact]
    public void A_lost_attempt_costs_no_retry_and_ends_with_its_node()
    {
        var seen = new Some { Now = 210, TrainPods = [Some.Pod("a", 1, 2, 3, unreachable: 50, leaves: 150)] };
        var plan = RunPlan.Of(seen.See());
        Assert.Equal((0, 1, 48L, Some.At(50)), (plan.Status.Attempts!.Failed, plan.Status.Attempts.Disrupted, plan.Status.Usage!.GpuSeconds, plan.Status.Job!.EndTime));
        seen.Status = plan.Status;
        seen.Train = Some.Job("run-train", going: true);
        seen.Now = 240;
        var waiting = RunPlan.Of(seen.See());
        Assert.Equal((0, 1), (waiting.Status.Attempts!.Failed, waiting.Status.Attempts.Disrupted));
        Assert.Equal(
            "NodeLost: node gpu-1 does not answer since 2026-11-24T00:00:50Z; another Job goes on from the last checkpoint at 2026-11-24T00:05:50Z, or as soon as pod and Job are gone",
            waiting.Status.Conditions.Single(condition => condition.Type == "Succeeded").Message);
        Assert.Equal(Some.At(350), waiting.Next);
    }

    [Fact]
    public void A_pod_that_is_to_end_is_looked_at_when_it_should_have()
    {
        var seen = new Some { Now = 151, TrainPods = [Some.Pod("a", 1, 2, 3, unreachable: 50, leaves: 150)] };
        Assert.Equal(Some.At(210), RunPlan.Of(seen.See()).Next);
    }
}
