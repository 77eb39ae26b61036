using Inheritune.Api;
using Inheritune.Operator.Controllers;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>What may be there of a run, and the states that it may be in.</summary>
internal static class RunPlanCases
{
    public static readonly InheritRunStatus Fresh = new();
    public static readonly InheritRunSpec Waiting = new() { Output = new() { Uri = "s3://runs/a", WhenOccupied = OccupiedOutput.Wait } };

    /// <summary>By what it is about: what is there, and the state and actions that follow.</summary>
    public static Dictionary<string, (Some Seen, string Plan)> All { get; } = new()
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
        ["A trainer that was given up for its silence failed, whatever becomes of its pod"] = (
            new() { Status = GivenUp("a"), Train = Some.Job("run-train", going: true), TrainPods = [Some.Pod("a", 1, 2, ended: 90, disrupted: true)] },
            "Unknown:Retrying"),
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

    public static PodReport Occupied(int ended) => Some.Pod("p", 1, 2, code: 20, ended: ended, words: """{"reason": "OutputOccupied", "message": "another run's"}""");

    public static InheritRunStatus Begun(string pod, int attempt) => new()
    {
        StartTime = Some.At(0),
        Conditions = [Some.Condition(ConditionTypes.Validated, ConditionStatus.True)],
        Job = new() { Name = "run-train", Uid = "run-train-uid", Attempt = attempt, PodName = pod, CreationTime = Some.At(1), StartTime = Some.At(2) },
    };

    /// <summary>So many preflights failed, the last of them at this time.</summary>
    public static InheritRunStatus Tried(int failed, string uid, int ended) => new() { StartTime = Some.At(0), Preflights = new() { Failed = failed, Uid = uid, EndTime = Some.At(ended) } };

    /// <summary>So many attempts came to nothing, the last of them at this time.</summary>
    public static InheritRunStatus Fruitless(int count, string pod, int ended, string said = ConditionReasons.Disrupted) => new()
    {
        StartTime = Some.At(0),
        Conditions = [Some.Condition(ConditionTypes.Validated, ConditionStatus.True), Some.Condition(ConditionTypes.Succeeded, ConditionStatus.Unknown, said)],
        Attempts = new() { Disrupted = count, WithoutProgress = count },
        Job = new() { Name = "run-train", Uid = "run-train-uid", Attempt = 1, PodName = pod, CreationTime = Some.At(ended - 9), StartTime = Some.At(ended - 8), EndTime = Some.At(ended) },
    };

    /// <summary>A trainer reported at this time.</summary>
    public static InheritRunStatus Heard(int time) => new()
    {
        StartTime = Some.At(0),
        Conditions = [Some.Condition(ConditionTypes.Validated, ConditionStatus.True), Some.Condition(ConditionTypes.Succeeded, ConditionStatus.Unknown)],
        Progress = new() { Activity = RunActivity.Training, UpdateTime = Some.At(time) },
    };

    /// <summary>A stall of the pod was counted.</summary>
    public static InheritRunStatus GivenUp(string pod)
    {
        var begun = Begun(pod, 1);
        return begun with
        {
            Attempts = new() { Failed = 1 },
            LastFailure = new() { Reason = ConditionReasons.ProgressStalled, Message = "silent", PodName = pod },
            Job = begun.Job! with { EndTime = Some.At(80) },
        };
    }

    public static InheritRunStatus Ended(ConditionStatus status) => new()
    {
        StartTime = Some.At(0), CompletionTime = Some.At(50), Conditions = [Some.Condition(ConditionTypes.Succeeded, status), Some.Condition(ConditionTypes.Validated, ConditionStatus.True)],
    };
}
