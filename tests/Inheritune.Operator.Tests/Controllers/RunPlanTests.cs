using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Operator.Controllers;
using static Inheritune.Operator.Tests.Controllers.RunPlanCases;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>What is decided from what is there.</summary>
public sealed class RunPlanTests
{
    /// <summary>What it is about, what is there, and the state and actions that follow.</summary>
    public static TheoryData<string, string> Cases => [.. RunPlanCases.All.Select(pair => (pair.Key, pair.Value.Plan))];

    [Fact]
    public void Run_that_is_taken_up_waits_since_then()
    {
        var seen = new Some { Train = null, Status = new() { Conditions = [Some.Condition(ConditionTypes.Succeeded, ConditionStatus.Unknown, ConditionReasons.Waiting, since: -9999)] } };
        Assert.All(RunPlan.Of(seen.See()).Status.Conditions, condition => Assert.Equal(Some.At(seen.Now), condition.LastTransitionTime));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Case_has_this_state_and_these_actions(string about, string expected) => Assert.Equal(expected, RunPlanCases.All[about].Seen.Plan());

    [Theory]
    [InlineData(99, 150)]
    [InlineData(60, 110)]
    public void Activity_is_the_trainers_word_once_it_has_reported_since_its_start(int started, int due)
    {
        var seen = new Some { TrainPods = [Some.Pod("a", 1, 2, started)], Spec = new() { Deadlines = new() { ProgressTimeoutSeconds = 50 } } };
        seen.Status = new() { StartTime = Some.At(0), Conditions = seen.Status!.Conditions, Progress = new() { Activity = RunActivity.Checkpointing, UpdateTime = Some.At(60) } };
        var plan = RunPlan.Of(seen.See());
        Assert.Equal(started == 60 ? ConditionReasons.Checkpointing : ConditionReasons.Starting, plan.Status.Condition(ConditionTypes.Succeeded)!.Reason);
        Assert.Equal(started == 60 ? ConditionStatus.False : ConditionStatus.True, plan.Status.Condition(ConditionTypes.Reconciling)!.Status);
        // Silence counts from the last report, or from the start.
        Assert.Equal(Some.At(started == 60 ? due : 149), plan.Next);
    }

    [Theory]
    [InlineData(RunActivity.Staging, "Tokenizing", "40%", "Tokenizing 40%", "Pod a runs on node gpu-1: Tokenizing")]
    [InlineData(RunActivity.Evaluating, "Exporting the model", "7%", "Exporting 7%", "Pod a runs on node gpu-1: Exporting the model")]
    [InlineData(RunActivity.Staging, null, null, "Staging", "Pod a runs on node gpu-1")]
    // Beside the training, which has a percentage of its own.
    [InlineData(RunActivity.Training, "Storing the checkpoint of step 20", "3%", "Training", "Pod a runs on node gpu-1")]
    public void Summary_names_the_trainers_stage_and_how_far_it_is(RunActivity activity, string? stage, string? percent, string summary, string message)
    {
        var plan = Reported(new() { Activity = activity, Stage = stage, StagePercent = percent, UpdateTime = Some.At(60) });
        var said = plan.Status.Condition(ConditionTypes.Succeeded)!;
        Assert.Equal((summary, $"{activity}", message), (plan.Status.Summary, said.Reason, said.Message));
    }

    [Fact]
    public void Trouble_of_the_trainer_is_the_state_and_worth_an_event_when_it_comes()
    {
        var plan = Reported(new() { Activity = RunActivity.Staging, Stage = "Inheriting", StagePercent = "0%", Trouble = "minio.example: name not known; tried again until 00:12:30Z", UpdateTime = Some.At(60) });
        var said = plan.Status.Condition(ConditionTypes.Succeeded)!;
        Assert.Equal(("StorageUnreachable", "StorageUnreachable", "minio.example: name not known; tried again until 00:12:30Z; said by pod a on node gpu-1"), (plan.Status.Summary, said.Reason, said.Message));
        Assert.Equal(("Warning", said.Message), RunEvents.Between(new(), plan).Where(told => told.Reason == "StorageUnreachable").Select(told => (told.Type, told.Note)).Single());
        Assert.DoesNotContain(RunEvents.Between(plan.Status, plan), told => told.Reason == "StorageUnreachable");
    }

    [Fact]
    public void Trouble_of_the_preflight_is_told_as_long_as_its_pod_runs()
    {
        var seen = new Some { Status = new() { Progress = new() { Trouble = "minio.example: name not known", UpdateTime = Some.At(60) } }, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Some.Pod("p", 1, 2, 3)] };
        Assert.Equal("Unknown:StorageUnreachable", seen.Plan());
        seen.PreflightPods = [Some.Pod("p", 1, 2, 3, code: 30, words: """{"message": "no success within 30 s"}"""), Some.Pod("q", 62, 63, 64)];
        Assert.Equal("Unknown:Validating", seen.Plan());
        seen.PreflightPods = [seen.PreflightPods[0]];
        Assert.Equal("StorageUnavailable: no success within 30 s", RunPlan.Of(seen.See()).Status.Condition(ConditionTypes.Succeeded)!.Message);
    }

    [Fact]
    public void Summary_of_an_end_is_its_reason_also_where_it_was_written_before_there_was_one()
    {
        Assert.Equal("Completed", RunPlan.Of(new Some { TrainPods = [Some.Pod("a", 1, 2, code: 0, ended: 50)] }.See()).Status.Summary);
        Assert.Equal("Some", RunPlan.Of(new Some { Status = Ended(ConditionStatus.True), Train = null }.See()).Status.Summary);
    }

    [Fact]
    public void Trainer_of_which_nothing_is_heard_is_said_to_be_silent()
    {
        var seen = new Some { Now = 60, TrainPods = [Some.Pod("a", 1, 2, 3)], Spec = new() { Deadlines = new() { ProgressTimeoutSeconds = 60 } } };
        Assert.Equal(Some.At(63), RunPlan.Of(seen.See()).Next);
        seen.Now = 63;
        var plan = RunPlan.Of(seen.See());
        Assert.Equal("No word from the trainer since 2026-11-24T00:00:03Z, its pod is running: a on node gpu-1", plan.Status.Condition(ConditionTypes.Succeeded)!.Message);
        Assert.Equal((null, 0), (plan.Next, plan.Status.Attempts!.Failed));
        // While nothing can be heard, time alone brings the moment when it can be again.
        seen.Hearing = null;
        Assert.Equal(Some.At(123), RunPlan.Of(seen.See()).Next);
    }

    [Fact]
    public void Silence_is_found_once()
    {
        var seen = new Some { Now = 2000, Status = Heard(4), TrainPods = [Some.Pod("a", 1, 2, 3)] };
        var plan = RunPlan.Of(seen.See());
        Assert.True(plan.FindsSilence(seen.Status));
        Assert.False(plan.FindsSilence(plan.Status));
        seen.Now = 60;
        Assert.False(RunPlan.Of(seen.See()).FindsSilence(seen.Status));
    }

    [Fact]
    public void What_is_not_spoken_of_yet_is_looked_at_again()
    {
        var plan = RunPlan.Of(new Some { TrainPods = [Some.Pod("a", 90, 99)] }.See());
        Assert.Equal(Some.At(101), plan.Next);
        Assert.Equal("a", plan.Status.Job!.PodName);
    }

    [Fact]
    public void Sidecar_is_looked_at_again_when_its_time_is_over()
    {
        var seen = new Some { Now = 60, TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 50, sidecar: true)] };
        Assert.Equal(Some.At(80), RunPlan.Of(seen.See()).Next);
        seen.Status = Ended(ConditionStatus.True);
        Assert.Equal(Some.At(80), RunPlan.Of(seen.See()).Next);
    }

    [Fact]
    public void Job_that_gets_no_pod_says_why()
    {
        var seen = new Some { Train = Some.Job("run-train", created: 99), PodRefusal = "exceeded quota" };
        Assert.Equal("run-train", seen.See().WithoutPod?.Metadata.Name);
        Assert.Equal("Job run-train has no pod: exceeded quota", RunPlan.Of(seen.See()).Status.Condition(ConditionTypes.Succeeded)!.Message);
        seen.TrainPods = [Some.Pod("a", 99)];
        Assert.Null(seen.See().WithoutPod);
    }

    [Fact]
    public void Fault_of_the_server_is_told_when_it_does_not_pass_in_a_moment()
    {
        var seen = new Some { Train = null, Refusal = new("failed calling webhook", Some.At(99), Some.At(103)) };
        var plan = RunPlan.Of(seen.See());
        Assert.Equal((Some.At(101), "Some"), (plan.Next, plan.Status.Condition(ConditionTypes.Succeeded)!.Reason));
        seen.Now = 101;
        plan = RunPlan.Of(seen.See());
        Assert.Equal((Some.At(103), "failed calling webhook"), (plan.Next, plan.Status.Condition(ConditionTypes.Succeeded)!.Message));
    }

    [Fact]
    public void Refused_deletion_is_told_and_tried_again_later()
    {
        var seen = new Some { Spec = new() { Suspend = true }, TrainPods = [Some.Pod("a", 1, 2, 3)], Refusal = new("Cannot delete jobs.batch run-train", null, Some.At(130)) };
        var plan = RunPlan.Of(seen.See());
        Assert.Equal((Some.At(130), "Cannot delete jobs.batch run-train"), (plan.Next, plan.Status.Condition(ConditionTypes.Succeeded)!.Message));
        var ended = new Some { Spec = new() { TtlSecondsAfterFinished = 50 }, Status = Ended(ConditionStatus.True), Train = Some.Job("run-train", "Complete"), Refusal = seen.Refusal };
        Assert.Equal(Some.At(130), RunPlan.Of(ended.See()).Next);
        ended.Train = Some.Job("run-train", "Complete", going: true);
        Assert.Null(RunPlan.Of(ended.See()).Next);
    }

    [Fact]
    public void Pod_that_gets_no_container_says_why()
    {
        var seen = new Some { TrainPods = [Some.Pod("a", 90, 99)], Trouble = new("FailedMount", "secret \"store\" not found") };
        Assert.Equal("a", seen.See().Unprepared?.Name);
        var said = RunPlan.Of(seen.See()).Status.Condition(ConditionTypes.Succeeded)!;
        Assert.Equal(("FailedMount", "Pod a: secret \"store\" not found"), (said.Reason, said.Message));
        seen.TrainPods = [Some.Pod("a", 90, 98, 99)];
        Assert.Null(seen.See().Unprepared);
    }

    [Fact]
    public void Plan_of_what_the_plan_has_written_is_the_same_plan()
    {
        foreach (var (about, (seen, _)) in All)
        {
            var plan = RunPlan.Of(seen.See());
            var again = RunPlan.Of(seen.See() with { Run = Written(seen, plan) });
            Assert.True(k8s.KubernetesJson.Serialize(plan.Status) == k8s.KubernetesJson.Serialize(again.Status), $"{about}: {k8s.KubernetesJson.Serialize(again.Status)}");
            Assert.Equal(plan.Status.IsFinished() ? 0 : plan.Actions.Count, again.Actions.Count(action => action is ChildAction.CreateTrain or ChildAction.CreatePreflight || !plan.Status.IsFinished()));
        }
    }

    [Fact]
    public void Results_that_did_not_reach_the_status_come_from_the_trainers_last_words()
    {
        var seen = new Some { TrainPods = [Some.Pod("a", 1, 2, code: 0, ended: 50, words: """{"results": {"reference": {"loss": "2.91"}, "final": {"loss": "3.12"}}}""")] };
        // The API server was away when the end came; what was known in the beginning had arrived.
        seen.Status = new() { StartTime = Some.At(0), Conditions = seen.Status!.Conditions, Results = new() { Reference = new() { Loss = "2.91" } } };
        var plan = RunPlan.Of(seen.See());
        Assert.Equal("Final validation loss 3.12, reference 2.91", plan.Status.Condition(ConditionTypes.Succeeded)!.Message);
        Assert.Equal("3.12", plan.Recovered?.Results?.Final?.Loss);
        seen.Status = new() { StartTime = Some.At(0), Conditions = seen.Status.Conditions };
        Assert.Equal("3.12", RunPlan.Of(seen.See()).Recovered?.Results?.Final?.Loss);
        seen.Status = new() { StartTime = Some.At(0), Conditions = seen.Status.Conditions, Results = plan.Recovered!.Results, Progress = plan.Recovered.Progress };
        Assert.Null(RunPlan.Of(seen.See()).Recovered);
    }

    [Fact]
    public void Phase_and_end_are_told_in_a_word_for_scripts()
    {
        Assert.Equal((RunPhase.Pending, ConditionStatus.False), Told(new Some { TrainPods = [Some.Pod("a", 1, 2)] }));
        Assert.Equal((RunPhase.Running, ConditionStatus.False), Told(new Some { TrainPods = [Some.Pod("a", 1, 2, 3)] }));
        Assert.Equal((RunPhase.Running, ConditionStatus.False), Told(new Some { Spec = new() { Suspend = true }, TrainPods = [Some.Pod("a", 1, 2, 3)] }));
        Assert.Equal((RunPhase.Suspended, ConditionStatus.False), Told(new Some { Spec = new() { Suspend = true }, Train = null }));
        Assert.Equal((RunPhase.Succeeded, ConditionStatus.True), Told(new Some { TrainPods = [Some.Pod("a", 1, 2, code: 0)] }));
        Assert.Equal((RunPhase.Failed, ConditionStatus.True), Told(new Some { TrainPods = [Some.Pod("a", 1, 2, code: 22)] }));
        // What an earlier version has ended.
        Assert.Equal((RunPhase.Succeeded, ConditionStatus.True), Told(new Some { Status = Ended(ConditionStatus.True), Train = null }));
        Assert.Equal((RunPhase.Failed, ConditionStatus.True), Told(new Some { Status = Ended(ConditionStatus.False), Train = null }));

        static (RunPhase?, ConditionStatus?) Told(Some seen) => RunPlan.Of(seen.See()).Status is var status ? (status.Phase, status.Condition(ConditionTypes.Ended)?.Status) : default;
    }

    [Fact]
    public void Result_that_was_there_fills_the_columns()
    {
        const string Words = """{"alreadyComplete": true, "results": {"final": {"loss": "3.12"}, "reference": {"loss": "3"}}, "progress": {"step": 10, "totalSteps": 10, "tokens": 640, "loss": "3.05"}}""";
        var plan = RunPlan.Of(new Some { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Some.Pod("p", 1, 2, code: 0, words: Words)] }.See());
        var progress = plan.Recovered!.Progress!;
        Assert.Equal(("100%", "3.05", "3.12", "+0.1200", "0s"), (progress.Percent, progress.Loss, progress.EvalLoss, progress.Gap, progress.Eta));
        Assert.Equal((10, 10, 640L), (progress.Step, progress.TotalSteps, progress.Tokens));
    }

    [Fact]
    public void Events_tell_of_each_trouble_once_and_of_each_start()
    {
        var seen = new Some { TrainPods = [Some.Pod("a", 1, 2)], Trouble = new("FailedMount", "secret \"store\" not found") };
        Assert.Equal(["FailedMount Pod a: secret \"store\" not found"], Told());
        Assert.Empty(Told());

        // The first start, and one after a pause.
        seen.TrainPods = [Some.Pod("a", 1, 2, 3)];
        Assert.Equal(["TrainingStarted Pod a runs on node gpu-1"], Told(RunActivity.Training));
        seen.Spec = new() { Suspend = true };
        Assert.Empty(Told(RunActivity.Training));
        (seen.Train, seen.TrainPods) = (null, []);
        Assert.Equal(["RunSuspended Paused; set spec.suspend to false to continue"], Told(RunActivity.Training));
        seen.Spec = new();
        Assert.Equal(["Resumed The run goes on"], Told(RunActivity.Training));
        (seen.Train, seen.TrainPods) = (Some.Job("run-train"), [Some.Pod("b", 60, 61, 62)]);
        Assert.Empty(Told());
        Assert.Equal(["TrainingContinued Attempt 2; Pod b runs on node gpu-1"], Told(RunActivity.Training));
        Assert.Empty(Told(RunActivity.Evaluating));

        IEnumerable<string> Told(RunActivity? activity = null)
        {
            seen.Status = seen.Status! with { Progress = activity is null ? null : new() { Activity = activity, UpdateTime = Some.At(99) } };
            var plan = RunPlan.Of(seen.See());
            var told = RunEvents.Between(seen.Status, plan).Select(note => $"{note.Reason} {note.Note}").ToList();
            seen.Status = plan.Status;
            return told;
        }
    }

    [Fact]
    public void Digest_is_made_anew_for_other_defaults_and_kept_where_the_recipe_was_changed()
    {
        var seen = new Some { Status = new() { SpecHash = "sha256:other", ObservedGeneration = 1 } };
        Assert.Equal(SpecHash.Of(seen.Spec), RunPlan.Of(seen.See()).Status.SpecHash);
        seen.Status = new() { SpecHash = "sha256:other", ObservedGeneration = 0 };
        Assert.Equal("sha256:other", RunPlan.Of(seen.See()).Status.SpecHash);
    }

    [Fact]
    public void Run_that_waits_for_an_output_looks_again_and_names_the_other()
    {
        var seen = new Some { Status = Fresh, Train = null, Spec = Waiting, Occupant = new("elsewhere", "other") };
        var plan = RunPlan.Of(seen.See());
        Assert.Equal(Some.At(115), plan.Next);
        Assert.Equal("s3://runs/a is the output of InheritRun other of another namespace, which has not ended; waits for its end (spec.output.whenOccupied)", plan.Status.Condition(ConditionTypes.Succeeded)!.Message);
    }

    [Fact]
    public void What_was_left_out_of_the_last_words_is_said()
    {
        var seen = new Some { TrainPods = [Some.Pod("a", 1, 2, code: 0, ended: 50, words: """{"results": {"final": {"loss": "3.12"}, "initial": {"loss": "NaN"}}}""")] };
        var plan = RunPlan.Of(seen.See());
        Assert.Equal(("3.12", null), (plan.Recovered?.Results?.Final?.Loss, plan.Recovered?.Results?.Initial));
        Assert.StartsWith("Final validation loss 3.12; left out of the last words: results.initial.loss: 'NaN' must be", plan.Status.Condition(ConditionTypes.Succeeded)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_messages_are_cut()
    {
        var end = new Some { TrainPods = [Some.Pod("a", 1, 2, code: 20, words: $$"""{"message": "{{new string('x', 639)}}\uD83D\uDE00yy"}""")] };
        var message = RunPlan.Of(end.See()).Status.Condition(ConditionTypes.Succeeded)!.Message;
        Assert.Equal(new string('x', 639) + "…", message);
        Assert.Equal("xx…", Text.Fit("xx\uD83D\uDE00yy", 4));
    }

    private static RunPlan Reported(RunProgress progress)
    {
        var seen = new Some { TrainPods = [Some.Pod("a", 1, 2, 59)] };
        seen.Status = seen.Status! with { Progress = progress };
        return RunPlan.Of(seen.See());
    }

    private static Inheritune.Operator.Entities.V1Alpha1InheritRun Written(Some seen, RunPlan plan)
    {
        var run = seen.See().Run;
        // What the trainer wrote stays.
        var status = JsonNode.Parse(k8s.KubernetesJson.Serialize(plan.Status))!;
        if (seen.Status?.Progress is { } progress) status["progress"] = JsonNode.Parse(k8s.KubernetesJson.Serialize(progress));
        run.Status = k8s.KubernetesJson.Deserialize<InheritRunStatus>(status.ToJsonString());
        return run;
    }
}
