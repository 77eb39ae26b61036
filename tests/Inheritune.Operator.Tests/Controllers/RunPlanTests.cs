using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Operator.Controllers;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>What is decided from what is there.</summary>
public sealed class RunPlanTests
{
    private static readonly InheritRunStatus Fresh = new();
    private static readonly InheritRunSpec Waiting = new() { Output = new() { Uri = "s3://runs/a", WhenOccupied = OccupiedOutput.Wait } };

    /// <summary>What it is about, what is there, and the state and actions that follow.</summary>
    public static TheoryData<string, string> Cases => [.. All.Select(pair => (pair.Key, pair.Value.Plan))];

    private static Dictionary<string, (Some Seen, string Plan)> All { get; } = new()
    {
        ["A new run gets a preflight"] = (new() { Status = null, Train = null }, "Unknown:Validating +preflight"),
        ["A new run that is suspended gets nothing"] = (new() { Status = null, Train = null, Spec = new() { Suspend = true } }, "Unknown:Suspended"),
        ["A Job that is refused is waited for"] = (new() { Train = null, Status = null, Refusal = new("exceeded quota", null, Some.At(120)) }, "Unknown:Pending +preflight"),
        ["A run that names what it may not gets no pod"] = (new() { Train = null, Status = null, Forbidden = "spec.image" }, "False:InvalidSpec"),
        ["A run that names what it may not and is paused ends when it would get a pod"] = (new() { Train = null, Status = null, Forbidden = "spec.image", Spec = new() { Suspend = true } }, "Unknown:Suspended"),
        ["A pod that may not be made any more goes on"] = (new() { Forbidden = "spec.image", TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Starting"),
        ["A pod that may not be made any more gets no successor"] = (new() { Train = null, Status = Begun("a", 1), Forbidden = "spec.image" }, "False:InvalidSpec"),
        ["A preflight runs"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Some.Pod("p", 1, 2, 3)] }, "Unknown:Validating"),
        ["A preflight waits for its node"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Some.Pod("p", 1)] }, "Unknown:Pending"),
        ["A preflight of an earlier run is waited for"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight", owner: "earlier") }, "Unknown:Validating"),
        ["A passed preflight is followed by training"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Some.Pod("p", 1, 2, code: 0)] }, "Unknown:Pending +train1"),
        ["A complete Job is not believed before its pod"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight", "Complete"), PreflightPods = [Some.Pod("p", 1, 2, 3)] }, "Unknown:Validating"),
        ["A complete Job is believed without its pod"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight", "Complete") }, "Unknown:Pending +train1"),
        ["A Job that was complete just now may have a pod that nobody told of yet"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight", "Complete", completed: 71) }, "Unknown:Pending"),
        ["A Job that has been complete for a while is believed"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight", "Complete", completed: 70) }, "Unknown:Pending +train1"),
        ["A permanent fault of the preflight is not forgotten over its next pod"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Some.Pod("p", 1, 2, code: 20), Some.Pod("q", 3, 4, 5)] }, "False:InvalidSpec -run-preflight"),
        ["A permanent fault is not forgotten over the next pod"] = (new() { TrainPods = [Some.Pod("a", 1, 2, code: 22, ended: 50), Some.Pod("b", 50, 51, 52)] }, "False:Diverged -run-train"),
        ["A disrupted preflight is made again"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight", "Failed"), PreflightPods = [Some.Pod("p", 1, 2, code: 10)] }, "Unknown:Validating -run-preflight"),
        ["A preflight that failed is made again"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight", "Failed"), PreflightPods = [Some.Pod("p", 1, 2, code: 30)] }, "Unknown:Validating -run-preflight"),
        ["A preflight that fails again is made again after a while"] = (new() { Status = Tried(1, "x", 2), Spec = new(), Train = null, Preflight = Some.Job("run-preflight", "Failed"), PreflightPods = [Some.Pod("p", 1, 2, code: 30, ended: 90)] }, "Unknown:Validating"),
        ["A preflight whose pause is over is made again"] = (new() { Status = Tried(2, "run-preflight-uid", 88), Spec = new(), Train = null, Preflight = Some.Job("run-preflight", "Failed"), PreflightPods = [Some.Pod("p", 1, 2, code: 30, ended: 88)] }, "Unknown:Validating -run-preflight"),
        ["A preflight whose Job is gone waits for the end of its pause"] = (new() { Status = Tried(2, "x", 90), Spec = new(), Train = null }, "Unknown:Validating"),
        ["A preflight whose Job and pause are gone is made again"] = (new() { Status = Tried(2, "x", 88), Spec = new(), Train = null }, "Unknown:Validating +preflight"),
        ["A preflight that failed and whose pod is gone is a failure"] = (new() { Status = Tried(1, "x", 2), Train = null, Preflight = Some.Job("run-preflight", "Failed") }, "False:BackoffLimitExceeded"),
        ["A preflight that failed just now may have a pod that nobody told of yet"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight", "Failed", failed: 71) }, "Unknown:Pending"),
        ["A preflight that failed a while ago is believed without its pod"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight", "Failed", failed: 70) }, "Unknown:Validating -run-preflight"),
        ["A Job that failed just now may have a pod that nobody told of yet"] = (new() { Train = Some.Job("run-train", "Failed", failed: 71) }, "Unknown:Pending"),
        ["A Job that failed a while ago is believed without its pod"] = (new() { Train = Some.Job("run-train", "Failed", failed: 70) }, "Unknown:Pending -run-train"),
        ["A pause ends no preflight"] = (new() { Status = Tried(1, "x", 2), Spec = new() { Suspend = true, Retry = new() { BackoffLimit = 1 } }, Train = null, Preflight = Some.Job("run-preflight", "Failed"), PreflightPods = [Some.Pod("p", 1, 2, code: 30, ended: 90)] }, "Unknown:Suspended"),
        ["A preflight that failed too often ends the run"] = (new() { Status = Tried(1, "x", 2), Train = null, Preflight = Some.Job("run-preflight", "Failed"), PreflightPods = [Some.Pod("p", 1, 2, code: 30)] }, "False:StorageUnavailable"),
        ["A permanent fault ends the run, and its pod stays with its log"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Some.Pod("p", 1, 2, code: 20)] }, "False:InvalidSpec"),
        ["A Job of an operator of old, which has tries left, goes with its run"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight", backoffLimit: 3), PreflightPods = [Some.Pod("p", 1, 2, code: 20)] }, "False:InvalidSpec -run-preflight"),
        ["A Job of an operator of old stays with the pod that succeeded"] = (new() { Train = Some.Job("run-train", backoffLimit: 3), TrainPods = [Some.Pod("a", 1, 2, code: 0, ended: 9)] }, "True:Completed"),
        ["A Job that a queue holds back goes with its run"] = (new() { Status = Ended(ConditionStatus.False), Train = Some.Job("run-train", suspended: true), TrainPods = [Some.Pod("a", 1, 2, code: 10, ended: 50)] }, "False:Some -run-train"),
        ["A Job whose pod was deleted may get another one, and goes with its run"] = (new() { Status = Ended(ConditionStatus.False), TrainPods = [Some.Pod("a", 1, 2, code: 10, ended: 50, leaves: 60)] }, "False:Some -run-train"),
        ["A sidecar has a while to end by itself"] = (new() { Now = 79, TrainPods = [Some.Pod("a", 1, 2, code: 0, ended: 50, sidecar: true)] }, "True:Completed"),
        ["A sidecar that goes on does not keep the GPU of a complete run"] = (new() { Now = 80, TrainPods = [Some.Pod("a", 1, 2, code: 0, ended: 50, sidecar: true)] }, "True:Completed -run-train"),
        ["A sidecar that goes on does not outlive the run for long"] = (new() { Now = 80, Status = Ended(ConditionStatus.True), TrainPods = [Some.Pod("a", 1, 2, code: 0, ended: 50, sidecar: true)] }, "True:Some -run-train"),
        ["A sidecar that goes on does not hold up the next attempt"] = (new() { Now = 80, TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 50, sidecar: true)] }, "Unknown:Retrying -run-train"),
        ["A sidecar that goes on does not hold up a preflight"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Some.Pod("p", 1, 2, code: 30, ended: 50, sidecar: true)] }, "Unknown:Validating -run-preflight"),
        ["A sidecar of a preflight that has passed goes"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Some.Pod("p", 1, 2, code: 0, ended: 50, sidecar: true)] }, "Unknown:Pending +train1 -run-preflight"),
        ["A result that is there ends the run"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Some.Pod("p", 1, 2, code: 0, words: """{"alreadyComplete":true}""")] }, "True:AlreadyComplete"),
        ["A Job without a pod waits"] = (new(), "Unknown:Pending"),
        ["A Job that Kueue suspends is queued"] = (new() { Train = Some.Job("run-train", suspended: true, queue: "team-a") }, "Unknown:Queued"),
        ["A Job of another run is waited for"] = (new() { Train = Some.Job("run-train", owner: "earlier") }, "Unknown:Pending"),
        ["A Job on its way out is waited for"] = (new() { Train = Some.Job("run-train", going: true) }, "Unknown:Pending"),
        ["A pod with a node is prepared"] = (new() { TrainPods = [Some.Pod("a", 1, 2)] }, "Unknown:Pulling"),
        ["A pod that got its node just now is not spoken of yet"] = (new() { TrainPods = [Some.Pod("a", 90, 99)] }, "Unknown:Some"),
        ["A pod that was made just now is not spoken of yet"] = (new() { TrainPods = [Some.Pod("a", 99)] }, "Unknown:Some"),
        ["What the scheduler says of a pod is told at once"] = (new() { TrainPods = [Some.Pod("a", 99) with { Message = "0/1 nodes are available" }] }, "Unknown:Pending"),
        ["A process that has not reported is starting"] = (new() { TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Starting"),
        ["Exit code 0 completes the run"] = (new() { TrainPods = [Some.Pod("a", 1, 2, code: 0, ended: 50)] }, "True:Completed"),
        ["A complete Job without its pod completes the run"] = (new() { Train = Some.Job("run-train", "Complete") }, "True:Completed"),
        ["Exit code 10 is a disruption"] = (new() { TrainPods = [Some.Pod("a", 1, 2, code: 10, ended: 50)] }, "Unknown:Disrupted"),
        ["A pod on a node that does not answer trains no more, as far as anybody knows"] = (new() { TrainPods = [Some.Pod("a", 1, 2, 3, disrupted: true, cause: "NodeLost")] }, "Unknown:Disrupted"),
        ["A node that does not answer is named"] = (new() { TrainPods = [Some.Pod("a", 1, 2, 3, unreachable: 50)] }, "Unknown:Disrupted"),
        ["A trainer on a node that does not answer is not held to be silent"] = (new() { Now = 2000, Status = Heard(4), TrainPods = [Some.Pod("a", 1, 2, 3, unreachable: 50)] }, "Unknown:Disrupted"),
        ["A trainer that has been told to end is not held to be silent"] = (new() { Now = 2000, Status = Heard(4), TrainPods = [Some.Pod("a", 1, 2, 3, leaves: 1950)] }, "Unknown:Training"),
        ["A pod that should have ended has a minute to say so"] = (new() { Now = 209, TrainPods = [Some.Pod("a", 1, 2, 3, unreachable: 50, leaves: 150)] }, "Unknown:Disrupted"),
        ["A pod that does not end is lost, and its Job goes"] = (new() { Now = 210, TrainPods = [Some.Pod("a", 1, 2, 3, unreachable: 50, leaves: 150)] }, "Unknown:Disrupted -run-train"),
        ["A Job that cannot end is waited for"] = (new() { Now = 300, Train = Some.Job("run-train", going: true), TrainPods = [Some.Pod("a", 1, 2, 3, unreachable: 50, leaves: 150)] }, "Unknown:Disrupted"),
        ["A Job that cannot end is left behind"] = (new() { Now = 400, Status = Begun("a", 1), Train = null, Deserted = [Some.Job("run-train", going: true)], TrainPods = [Some.Pod("a", 1, 2, 3, unreachable: 50, leaves: 150) with { JobUid = "run-train-uid" }] }, "Unknown:Disrupted +train2'"),
        ["A successor is not taken for what was left behind"] = (new() { Now = 400, Status = Begun("a", 1), Train = Some.Job("run-train-2"), Deserted = [Some.Job("run-train", going: true)], TrainPods = [Some.Pod("a", 1, 2, 3, unreachable: 50, leaves: 150) with { JobUid = "run-train-uid" }] }, "Unknown:Disrupted"),
        ["An evicted pod is a disruption"] = (new() { TrainPods = [Some.Pod("a", 1, 2, ended: 50, disrupted: true, cause: "Evicted")] }, "Unknown:Disrupted"),
        ["A pod that was evicted for its own use of the disk has failed"] = (new() { TrainPods = [Some.Pod("a", 1, 2, ended: 50, cause: "Evicted") with { IsGreedy = true }] }, "Unknown:Retrying"),
        ["Evictions for a pod's own use of the disk end a run"] = (new() { TrainPods = [Some.Pod("a", 1, 2, ended: 50, cause: "Evicted") with { IsGreedy = true }, Some.Pod("b", 60, 61, code: 10, ended: 90, cause: "Evicted") with { IsGreedy = true }] }, "False:ScratchExceeded"),
        ["A failure below the limit is retried"] = (new() { TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 50)] }, "Unknown:Retrying"),
        ["A next attempt that gets no pod waits"] = (new() { TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 50)], PodRefusal = "exceeded quota" }, "Unknown:Pending"),
        ["Failures above the limit end the run"] = (new() { TrainPods = [Some.Pod("a", 1, 2, code: 1, ended: 50), Some.Pod("b", 60, 61, code: 31, ended: 90)] }, "False:BackoffLimitExceeded"),
        ["Diverged is final"] = (new() { TrainPods = [Some.Pod("a", 1, 2, code: 22, ended: 50)] }, "False:Diverged"),
        ["Too little memory is final"] = (new() { TrainPods = [Some.Pod("a", 1, 2, code: 25, ended: 50)] }, "False:OutOfMemory"),
        ["Too little GPU memory is final"] = (new() { TrainPods = [Some.Pod("a", 1, 2, code: 24, ended: 50)] }, "False:CudaOutOfMemory"),
        ["A permanent fault is final though the pod was also taken away"] = (new() { TrainPods = [Some.Pod("a", 1, 2, code: 21, ended: 50, disrupted: true)] }, "False:StorageDenied"),
        ["A Job that has failed waits with its pod for the pause between two fruitless attempts"] = (new() { Status = Fruitless(1, "z", 70), Train = Some.Job("run-train", "Failed"), TrainPods = [Some.Pod("a", 80, 81, ended: 90, disrupted: true, cause: "UnexpectedAdmissionError")] }, "Unknown:Disrupted"),
        ["A Job that has failed goes when the pause is over"] = (new() { Status = Fruitless(1, "z", 70), Train = Some.Job("run-train", "Failed"), TrainPods = [Some.Pod("a", 80, 81, ended: 88, disrupted: true, cause: "UnexpectedAdmissionError")] }, "Unknown:Disrupted -run-train"),
        ["A Job that is gone is made again when the pause is over"] = (new() { Status = Fruitless(2, "a", 90), Train = null }, "Unknown:Disrupted"),
        ["A pause between attempts is named whatever was said before"] = (new() { Status = Fruitless(2, "a", 90, ConditionReasons.Suspended), Train = null }, "Unknown:Disrupted"),
        ["A Job whose pause is over is made again"] = (new() { Status = Fruitless(2, "a", 88), Train = null }, "Unknown:Disrupted +train2"),
        ["A Job that has failed while its pod still saves is left alone"] = (new() { Train = Some.Job("run-train", "Failed"), TrainPods = [Some.Pod("a", 1, 2, 3, leaves: 150)] }, "Unknown:Starting"),
        ["A Job that failed is deleted for the next attempt"] = (new() { Train = Some.Job("run-train", "Failed"), TrainPods = [Some.Pod("a", 1, 2, code: 10, ended: 50)] }, "Unknown:Disrupted -run-train"),
        ["A Job that is gone is made again"] = (new() { Train = null, Status = Begun("a", 1) }, "Unknown:Disrupted +train2"),
        ["A pod of a Job that is gone is waited for"] = (new() { Train = null, Status = Begun("a", 1), TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Pending"),
        ["A pause deletes the Job"] = (new() { Spec = new() { Suspend = true }, TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Suspending -run-train"),
        ["A pause is to come as long as the Job is there"] = (new() { Spec = new() { Suspend = true }, Train = Some.Job("run-train", going: true), TrainPods = [Some.Pod("a", 1, 2, code: 10, ended: 50)] }, "Unknown:Suspending"),
        ["A pause is to come as long as a pod is there"] = (new() { Spec = new() { Suspend = true }, Train = null, Status = Begun("a", 1), TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Suspending"),
        ["A pause is there when Job and pod are gone"] = (new() { Spec = new() { Suspend = true }, Train = null, Status = Begun("a", 1) }, "Unknown:Suspended"),
        ["A pause of what is complete comes too late"] = (new() { Spec = new() { Suspend = true }, TrainPods = [Some.Pod("a", 1, 2, code: 0, ended: 9)] }, "True:Completed"),
        ["A silent trainer is replaced"] = (new() { Now = 2000, Status = Heard(4), TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Retrying -run-train"),
        ["Silence counts from the last word"] = (new() { Now = 2000, Status = Heard(201), TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Training"),
        ["Silence counts from when the operator could hear again"] = (new() { Now = 2000, Status = Heard(4), Hearing = 201, TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Training"),
        ["A silence that lasts though the operator hears again counts"] = (new() { Now = 2000, Status = Heard(4), Hearing = 200, TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Retrying -run-train"),
        ["An operator that does not hear does not hold silence against anyone"] = (new() { Now = 2000, Status = Heard(4), Hearing = null, TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Training"),
        ["A trainer that was never heard is left to the liveness of its pod"] = (new() { Now = 2000, TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Starting"),
        ["What an earlier attempt said is not this one's word"] = (new() { Now = 2000, Status = Heard(4), TrainPods = [Some.Pod("a", 1, 7, 8)] }, "Unknown:Starting"),
        ["A slow saver may be silent for three times its pace"] = (new() { Now = 2000, Spec = new() { Checkpoint = new() { EverySeconds = 3600 } }, Status = Heard(4), TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Training"),
        ["A stall beyond the limit ends the run"] = (new() { Now = 2000, Status = Heard(4), Spec = new() { Retry = new() { BackoffLimit = 0 } }, TrainPods = [Some.Pod("a", 1, 2, 3)] }, "False:ProgressStalled -run-train"),
        ["A trainer that was told to stop while it hung has stalled"] = (new() { Spec = new() { Retry = new() { BackoffLimit = 0 } }, TrainPods = [Some.Pod("a", 1, 2, code: 32, ended: 50)] }, "False:ProgressStalled"),
        ["The start deadline ends the run"] = (new() { Spec = new() { Deadlines = new() { StartDeadlineSeconds = 100 } }, TrainPods = [Some.Pod("a", 1)] }, "False:StartDeadlineExceeded -run-train"),
        ["The start deadline has not come"] = (new() { Spec = new() { Deadlines = new() { StartDeadlineSeconds = 101 } }, TrainPods = [Some.Pod("a", 1)] }, "Unknown:Pending"),
        ["The active deadline counts from the node on"] = (new() { Spec = new() { Deadlines = new() { ActiveDeadlineSeconds = 60 } }, TrainPods = [Some.Pod("a", 1, 40, 41)] }, "False:DeadlineExceeded -run-train"),
        ["The active deadline does not count the queue"] = (new() { Spec = new() { Deadlines = new() { ActiveDeadlineSeconds = 60 } }, TrainPods = [Some.Pod("a", 1, 41, 42)] }, "Unknown:Starting"),
        ["The active deadline counts all attempts"] = (new() { Spec = new() { Deadlines = new() { ActiveDeadlineSeconds = 60 } }, TrainPods = [Some.Pod("a", 1, 10, code: 10, ended: 40), Some.Pod("b", 50, 70, 71)] }, "False:DeadlineExceeded -run-train"),
        ["A changed recipe ends the run"] = (new() { Status = new() { SpecHash = "sha256:other" } }, "False:InvalidSpec -run-train"),
        ["A recipe of another version of the operator, with other defaults, is the same recipe"] = (new() { Status = new() { SpecHash = "sha256:other", ObservedGeneration = 1 } }, "Unknown:Validating +preflight"),
        ["A success that a running trainer belies is not believed"] = (new() { Status = Ended(ConditionStatus.True), TrainPods = [Some.Pod("a", 1, 2, 3)] }, "Unknown:Starting"),
        ["A success is believed when the trainer has ended"] = (new() { Status = Ended(ConditionStatus.True), TrainPods = [Some.Pod("a", 1, 2, code: 0)] }, "True:Some"),
        ["An output of another run is refused"] = (new() { Status = Fresh, Train = null, Occupant = new("ns", "other") }, "False:OutputOccupied"),
        ["An output of another run is waited for"] = (new() { Status = Fresh, Train = null, Spec = Waiting, Occupant = new("ns", "other") }, "Unknown:OutputOccupied"),
        ["A run that waits for an output may be paused"] = (new() { Status = Fresh, Train = null, Spec = new() { Suspend = true }, Occupant = new("ns", "other") }, "Unknown:Suspended"),
        ["A run that has begun goes on"] = (new() { Train = null, Status = Begun("a", 1), Occupant = new("ns", "other") }, "Unknown:Disrupted +train2"),
        ["An output that the preflight found occupied is final"] = (new() { Status = Fresh, Train = null, Preflight = Some.Job("run-preflight"), PreflightPods = [Occupied(90)] }, "False:OutputOccupied"),
        ["An output that the preflight found occupied is waited for"] = (new() { Status = Fresh, Train = null, Spec = Waiting, Preflight = Some.Job("run-preflight"), PreflightPods = [Occupied(41)] }, "Unknown:OutputOccupied"),
        ["An output that the preflight found occupied is looked at again"] = (new() { Status = Fresh, Train = null, Spec = Waiting, Preflight = Some.Job("run-preflight"), PreflightPods = [Occupied(40)] }, "Unknown:OutputOccupied -run-preflight"),
        ["A finished run without children stays as it is"] = (new() { Status = Ended(ConditionStatus.True), Train = null }, "True:Some"),
        ["A finished run keeps its children for a while"] = (new() { Status = Ended(ConditionStatus.True), Train = Some.Job("run-train", "Complete") }, "True:Some"),
        ["A failed run's Job that goes on is deleted"] = (new() { Status = Ended(ConditionStatus.False), TrainPods = [Some.Pod("b", 90, 91)] }, "False:Some -run-train"),
        ["Children expire"] = (new() { Spec = new() { TtlSecondsAfterFinished = 50 }, Status = Ended(ConditionStatus.True), Train = Some.Job("run-train", "Complete"), Preflight = Some.Job("run-preflight", "Complete") }, "True:Some -account -run-train -run-preflight"),
        ["What is on its way out is not deleted again"] = (new() { Spec = new() { TtlSecondsAfterFinished = 50 }, Status = Ended(ConditionStatus.True), Train = Some.Job("run-train", "Complete", going: true), Preflight = Some.Job("run-preflight", "Complete", going: true) }, "True:Some"),
        ["An interrupted clean-up goes on"] = (new() { Spec = new() { TtlSecondsAfterFinished = 50 }, Status = Ended(ConditionStatus.True), Train = Some.Job("run-train", "Complete", going: true), Preflight = Some.Job("run-preflight", "Complete") }, "True:Some -account -run-preflight"),
        ["A pod without a network waits for it"] = (new() { TrainPods = [Some.Pod("a", 1, 2)], Trouble = new("FailedCreatePodSandBox", "no runtime for \"gvisor\" is configured") }, "Unknown:FailedCreatePodSandBox"),
        ["A pod that an init container holds up is starting"] = (new() { TrainPods = [Some.Pod("a", 1, 2) with { Initializing = "vault" }] }, "Unknown:Starting"),
        ["What has expired is not deleted twice"] = (new() { Spec = new() { TtlSecondsAfterFinished = 50 }, Status = Ended(ConditionStatus.True), Train = null }, "True:Some"),
    };

    [Fact]
    public void Run_that_is_taken_up_waits_since_then()
    {
        var seen = new Some { Train = null, Status = new() { Conditions = [Some.Condition(ConditionTypes.Succeeded, ConditionStatus.Unknown, ConditionReasons.Waiting, since: -9999)] } };
        Assert.All(RunPlan.Of(seen.See()).Status.Conditions, condition => Assert.Equal(Some.At(seen.Now), condition.LastTransitionTime));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Case_has_this_state_and_these_actions(string about, string expected) => Assert.Equal(expected, All[about].Seen.Plan());

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

    private static PodReport Occupied(int ended) => Some.Pod("p", 1, 2, code: 20, ended: ended, words: """{"reason": "OutputOccupied", "message": "another run's"}""");

    private static InheritRunStatus Begun(string pod, int attempt) => new()
    {
        StartTime = Some.At(0),
        Conditions = [Some.Condition(ConditionTypes.Validated, ConditionStatus.True)],
        Job = new() { Name = "run-train", Uid = "run-train-uid", Attempt = attempt, PodName = pod, CreationTime = Some.At(1), StartTime = Some.At(2) },
    };

    /// <summary>So many preflights failed, the last of them at this time.</summary>
    private static InheritRunStatus Tried(int failed, string uid, int ended) => new() { StartTime = Some.At(0), Preflights = new() { Failed = failed, Uid = uid, EndTime = Some.At(ended) } };

    /// <summary>So many attempts came to nothing, the last of them at this time.</summary>
    private static InheritRunStatus Fruitless(int count, string pod, int ended, string said = ConditionReasons.Disrupted) => new()
    {
        StartTime = Some.At(0),
        Conditions = [Some.Condition(ConditionTypes.Validated, ConditionStatus.True), Some.Condition(ConditionTypes.Succeeded, ConditionStatus.Unknown, said)],
        Attempts = new() { Disrupted = count, WithoutProgress = count },
        Job = new() { Name = "run-train", Uid = "run-train-uid", Attempt = 1, PodName = pod, CreationTime = Some.At(ended - 9), StartTime = Some.At(ended - 8), EndTime = Some.At(ended) },
    };

    /// <summary>A trainer reported at this time.</summary>
    private static InheritRunStatus Heard(int time) => new()
    {
        StartTime = Some.At(0),
        Conditions = [Some.Condition(ConditionTypes.Validated, ConditionStatus.True), Some.Condition(ConditionTypes.Succeeded, ConditionStatus.Unknown)],
        Progress = new() { Activity = RunActivity.Training, UpdateTime = Some.At(time) },
    };

    private static InheritRunStatus Ended(ConditionStatus status) => new()
    {
        StartTime = Some.At(0), CompletionTime = Some.At(50), Conditions = [Some.Condition(ConditionTypes.Succeeded, status), Some.Condition(ConditionTypes.Validated, ConditionStatus.True)],
    };
}
