using Inheritune.Api;
using Inheritune.Operator.Controllers;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>Each attempt is counted once, whatever was seen of it.</summary>
public sealed class AttemptLedgerTests
{
    private readonly Some _seen = new() { Spec = new() { Retry = new() { BackoffLimit = 100 } } };

    [Fact]
    public void Attempts_that_came_and_went_unseen_are_counted()
    {
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 10), Some.Pod("b", 20, 21, code: 10, ended: 40), Some.Pod("c", 50, 55, 56)];
        Expect("3 c", failed: 1, disrupted: 1, gpu: 8 + 19, wasted: 8 + 19);
    }

    [Fact]
    public void Looking_again_counts_nothing_twice()
    {
        _seen.TrainPods = [Some.Pod("a", 1, 2, 3)];
        Look();
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 10)];
        Look();
        Look();
        Expect("1 a", failed: 1, disrupted: 0, gpu: 8, wasted: 8);
        _seen.TrainPods = [.. _seen.TrainPods, Some.Pod("b", 20, 21)];
        Look();
        Look();
        Expect("2 b", failed: 1, disrupted: 0, gpu: 8, wasted: 8);
    }

    [Fact]
    public void Pod_that_vanished_was_disrupted()
    {
        _seen.TrainPods = [Some.Pod("a", 1, 2, 3)];
        Look();
        _seen.TrainPods = [];
        Look();
        Look();
        Expect("1 a", failed: 0, disrupted: 1, gpu: 98, wasted: 98);
    }

    [Fact]
    public void Old_pods_are_not_new_when_the_last_one_is_gone()
    {
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 10), Some.Pod("b", 20, 21, code: 1, ended: 40)];
        Look();
        _seen.TrainPods = [_seen.TrainPods[0]];
        Look();
        Expect("2 b", failed: 2, disrupted: 0, gpu: 8 + 19, wasted: 8 + 19);
    }

    [Fact]
    public void Pods_of_one_second_are_told_apart()
    {
        _seen.TrainPods = [Some.Pod("b", 1, 1, code: 10, ended: 1)];
        Look();
        _seen.TrainPods = [.. _seen.TrainPods, Some.Pod("a", 1, 1, code: 10, ended: 1), Some.Pod("c", 1, 1, 2)];
        Look();
        Look();
        Expect("3 c", failed: 0, disrupted: 2, gpu: 0, wasted: 0);
    }

    [Fact]
    public void Pause_is_neither_failure_nor_disruption()
    {
        _seen.TrainPods = [Some.Pod("a", 1, 2, 3)];
        Look();
        _seen.Spec = new() { Suspend = true };
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 10, ended: 10)];
        Look();
        Expect("1 a", failed: 0, disrupted: 0, gpu: 8, wasted: 8);
    }

    [Fact]
    public void Time_after_the_last_checkpoint_is_wasted_and_none_of_a_success()
    {
        _seen.Status = new() { StartTime = Some.At(0), Conditions = _seen.Status!.Conditions, Checkpoint = new() { Step = 1, Time = Some.At(30) } };
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 40)];
        Expect("1 a", failed: 1, disrupted: 0, gpu: 38, wasted: 10);
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 0, ended: 40)];
        Expect("1 a", failed: 0, disrupted: 0, gpu: 38, wasted: 0);
    }

    [Fact]
    public void Checkpoint_of_the_pods_last_second_is_its_own()
    {
        _seen.Status = new() { StartTime = Some.At(0), Conditions = _seen.Status!.Conditions, Checkpoint = new() { Step = 1, Time = Some.At(40).AddSeconds(0.9) } };
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 10, ended: 40)];
        Expect("1 a", failed: 0, disrupted: 1, gpu: 38, wasted: 0);
    }

    [Theory]
    [InlineData(40, 18)]
    [InlineData(null, 56)]
    public void Attempt_whose_end_nobody_saw_lasted_until_the_next_one_and_wasted_what_that_one_does_again(int? saved, long wasted)
    {
        _seen.TrainPods = [Some.Pod("a", 1, 2, 3)];
        Look();
        // The operator was away as well; meanwhile the next attempt has gone on, and saved.
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 255, disrupted: true, cause: "NodeLost"), Some.Pod("b", 58, 59, 60)];
        var before = _seen.Status!;
        _seen.Status = new()
        {
            StartTime = before.StartTime, Conditions = before.Conditions, Job = before.Job,
            Checkpoint = new() { Step = 60, Time = Some.At(90) },
            Progress = saved is { } time ? new() { ResumedStep = 20, ResumedTime = Some.At(time) } : new(),
        };
        Expect("2 b", failed: 0, disrupted: 1, gpu: 56, wasted);
    }

    [Fact]
    public void Attempt_whose_end_nobody_saw_has_wasted_what_its_successor_did_again_and_ended_meanwhile()
    {
        _seen.TrainPods = [Some.Pod("a", 1, 2, 3)];
        Look();
        // The power of node and operator failed; when the operator is back, the next attempt has run, saved and ended.
        _seen.TrainPods = [Some.Pod("b", 58, 59, 60, code: 0, ended: 95)];
        var before = _seen.Status!;
        _seen.Status = new()
        {
            StartTime = before.StartTime, Conditions = before.Conditions, Job = before.Job,
            Checkpoint = new() { Step = 60, Time = Some.At(90) }, Progress = new() { ResumedStep = 20, ResumedTime = Some.At(40) },
        };
        Expect("2 b", failed: 0, disrupted: 1, gpu: 56 + 36, wasted: 18);
    }

    [Fact]
    public void Attempt_that_is_asked_to_end_goes_on_until_it_has_saved_although_its_successor_waits()
    {
        _seen.Status = new() { StartTime = Some.At(0), Conditions = _seen.Status!.Conditions, Checkpoint = new() { Step = 1, Time = Some.At(30) } };
        _seen.TrainPods = [Some.Pod("a", 1, 2, 3, leaves: 170), Some.Pod("b", 50)];
        Assert.Equal(Some.At(170), RunPlan.Of(_seen.See()).Next);
        Look();
        Assert.Equal(("a", null, 0), (_seen.Status.Job!.PodName, _seen.Status.Job.EndTime, _seen.Status.Attempts!.Disrupted));
        _seen.Status = new() { StartTime = Some.At(0), Conditions = _seen.Status!.Conditions, Job = _seen.Status!.Job, Checkpoint = new() { Step = 2, Time = Some.At(90) } };
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 10, ended: 90, leaves: 170), Some.Pod("b", 50)];
        Expect("2 b", failed: 0, disrupted: 1, gpu: 88, wasted: 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Attempt_that_saved_and_went_unseen_while_its_successor_waited_has_wasted_nothing(bool hasReported)
    {
        _seen.TrainPods = [Some.Pod("a", 1, 2, 3)];
        Look();
        // Its node stood still, and it was replaced; then it was told to end, and saved; the operator was on that node too.
        _seen.TrainPods = [Some.Pod("b", 50, 80, 81)];
        var before = _seen.Status!;
        _seen.Status = new()
        {
            StartTime = before.StartTime, Conditions = before.Conditions, Job = before.Job,
            Checkpoint = new() { Step = 60, Time = Some.At(hasReported ? 95 : 78) },
            Progress = hasReported ? new() { ResumedStep = 40, ResumedTime = Some.At(78) } : new(),
        };
        Expect("2 b", failed: 0, disrupted: 1, gpu: 76, wasted: 0);
    }

    [Theory]
    [InlineData(null, 100)]
    [InlineData(60, 170)]
    public void Attempt_that_does_not_end_in_its_time_or_whose_successor_runs_is_over(int? running, int leaves)
    {
        _seen.TrainPods = [Some.Pod("a", 1, 2, 3, leaves: leaves), Some.Pod("b", 50, running, running)];
        Expect("2 b", failed: 0, disrupted: 1, gpu: 48, wasted: 48);
    }

    [Theory]
    [InlineData(null, null, null, 2)]
    [InlineData(30, null, null, null)]
    [InlineData(null, 7, null, null)]
    [InlineData(null, 7, 7, 2)]
    [InlineData(null, 8, 7, null)]
    public void Attempts_that_come_forward_end_the_row_of_those_that_do_not(int? saved, int? step, int? resumed, int? row)
    {
        var conditions = _seen.Status!.Conditions;
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 10)];
        Look();
        Assert.Equal(1, _seen.Status.Attempts!.WithoutProgress);
        var before = _seen.Status;
        _seen.TrainPods = [.. _seen.TrainPods, Some.Pod("b", 20, 21, code: 10, ended: 40)];
        _seen.Status = new()
        {
            StartTime = Some.At(0), Conditions = conditions, Job = before.Job, Attempts = before.Attempts,
            Checkpoint = saved is { } time ? new() { Step = 1, Time = Some.At(time) } : null,
            Progress = step is null ? null : new() { Step = step, ResumedStep = resumed, UpdateTime = Some.At(35) },
        };
        Look();
        Assert.Equal(row, _seen.Status.Attempts!.WithoutProgress);
        Assert.Equal((1, 1), (_seen.Status.Attempts.Failed, _seen.Status.Attempts.Disrupted));
    }

    [Fact]
    public void Pause_says_nothing_about_progress()
    {
        _seen.TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 10)];
        Look();
        _seen.Spec = new() { Suspend = true };
        _seen.TrainPods = [.. _seen.TrainPods, Some.Pod("b", 20, 21, code: 10, ended: 40)];
        Look();
        Assert.Equal(1, _seen.Status!.Attempts!.WithoutProgress);
    }

    private void Expect(string attempt, int failed, int disrupted, long gpu, long wasted)
    {
        var ledger = AttemptLedger.Settle(_seen.See());
        Assert.Equal(attempt, $"{ledger.Number} {ledger.Job!.PodName}");
        Assert.Equal((failed, disrupted), (ledger.Attempts.Failed, ledger.Attempts.Disrupted));
        Assert.Equal((gpu, wasted), (ledger.Usage.GpuSeconds, ledger.Usage.WastedGpuSeconds));
    }

    private void Look() => _seen.Status = RunPlan.Of(_seen.See()).Status;
}
