using Inheritune.Operator.Controllers;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>Pods as kubelets and schedulers describe them.</summary>
public sealed class PodReportTests
{
    [Theory]
    [InlineData("""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 20, "message": "{\"code\":20,\"reason\":\"OutputOccupied\",\"message\":\"it is\"}"}}}]}""", "Rejected OutputOccupied it is")]
    [InlineData("""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 20, "message": "{\"reason\":\"AlreadyComplete\"}"}}}]}""", "Rejected InvalidSpec the trainer ended with exit code 20")]
    [InlineData("""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 29}}}]}""", "Rejected TrainerFailed the trainer ended with exit code 29")]
    [InlineData("""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 31}}}]}""", "Failed GpuFault the trainer ended with exit code 31")]
    [InlineData("""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 128, "reason": "StartError", "message": "exec: no such file"}}}]}""", "Failed StartError exec: no such file")]
    [InlineData("""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]}""", "Failed OOMKilled OOMKilled: the pod used more memory than spec.resources.memory")]
    [InlineData("""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 143}}}]}""", "Failed TrainerFailed the trainer ended with exit code 143")]
    [InlineData("""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 255, "reason": "Unknown"}}}]}""", "Disrupted NodeLost NodeLost: node gpu-1 has lost the container, as when its power fails")]
    [InlineData("""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 137, "reason": "ContainerStatusUnknown", "message": "not found"}}}]}""", "Disrupted NodeLost not found")]
    [InlineData("""{"phase": "Failed", "reason": "OutOfnvidia.com/gpu", "message": "Node didn't have enough resource"}""", "Disrupted OutOfnvidia.com/gpu OutOfnvidia.com/gpu: Node didn't have enough resource")]
    [InlineData("""{"phase": "Failed", "reason": "UnexpectedAdmissionError", "message": "no healthy devices present"}""", "Disrupted UnexpectedAdmissionError UnexpectedAdmissionError: no healthy devices present")]
    [InlineData("""{"phase": "Failed", "reason": "Evicted", "message": "low on memory"}""", "Disrupted Evicted Evicted: low on memory")]
    [InlineData("""{"phase": "Failed", "reason": "Evicted", "message": "Usage of EmptyDir volume \"scratch\" exceeds the limit \"50Gi\". "}""", "Failed ScratchExceeded Usage of EmptyDir volume \"scratch\" exceeds the limit \"50Gi\"; the run needs more local disk: raise spec.resources.scratch")]
    [InlineData("""{"phase": "Failed", "reason": "Evicted", "message": "Pod ephemeral local storage usage exceeds the total limit of containers 50Gi. "}""", "Failed ScratchExceeded Pod ephemeral local storage usage exceeds the total limit of containers 50Gi; the run needs more local disk: raise spec.resources.scratch")]
    [InlineData("""{"phase": "Failed", "reason": "Evicted", "message": "Container trainer exceeded its local ephemeral storage limit \"50Gi\". ", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 137}}}]}""", "Failed ScratchExceeded Container trainer exceeded its local ephemeral storage limit \"50Gi\"; the run needs more local disk: raise spec.resources.scratch")]
    [InlineData("""{"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: ephemeral-storage. Container trainer was using 60Gi, request is 50Gi, has larger consumption of ephemeral-storage. ", "conditions": [{"type": "DisruptionTarget", "status": "True", "message": "low"}]}""", "Failed ScratchExceeded The node was low on resource: ephemeral-storage. Container trainer was using 60Gi, request is 50Gi, has larger consumption of ephemeral-storage; the run needs more local disk: raise spec.resources.scratch")]
    [InlineData("""{"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: ephemeral-storage. Container trainer was using 60Gi, which exceeds its request of 50Gi. "}""", "Failed ScratchExceeded The node was low on resource: ephemeral-storage. Container trainer was using 60Gi, which exceeds its request of 50Gi; the run needs more local disk: raise spec.resources.scratch")]
    [InlineData("""{"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory. Container trainer was using 20Gi, which exceeds its request of 16Gi. "}""", "Disrupted Evicted Evicted: The node was low on resource: memory. Container trainer was using 20Gi, which exceeds its request of 16Gi. ")]
    [InlineData("""{"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory. Container trainer was using 20Gi, request is 16Gi, has larger consumption of memory. "}""", "Disrupted Evicted Evicted: The node was low on resource: memory. Container trainer was using 20Gi, request is 16Gi, has larger consumption of memory. ")]
    [InlineData("""{"phase": "Failed", "reason": "Evicted", "message": "Usage of EmptyDir volume \"scratch\" exceeds the limit \"50Gi\". ", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 10, "message": "{\"code\":10,\"message\":\"saved\"}"}}}]}""", "Failed ScratchExceeded Usage of EmptyDir volume \"scratch\" exceeds the limit \"50Gi\"; the run needs more local disk: raise spec.resources.scratch")]
    [InlineData("""{"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 9Gi. "}""", "Disrupted Evicted Evicted: The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 9Gi. ")]
    [InlineData("""{"phase": "Failed", "conditions": [{"type": "DisruptionTarget", "status": "True", "message": "preempted"}], "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 137}}}]}""", "Disrupted Disrupted preempted")]
    [InlineData("""{"phase": "Failed", "initContainerStatuses": [{"name": "vault", "state": {"terminated": {"exitCode": 1, "message": "no token"}}}], "containerStatuses": [{"name": "trainer", "state": {"waiting": {"reason": "PodInitializing"}}}]}""", "Failed InitContainerFailed InitContainerFailed: container vault ended with exit code 1: no token")]
    [InlineData("""{"phase": "Succeeded", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 0}}}]}""", "Succeeded Completed ")]
    public void End_of_a_pod_is_judged(string status, string expected)
    {
        var report = PodReport.Of(new V1Pod { Metadata = new() { Name = "a", CreationTimestamp = DateTime.UtcNow }, Spec = new() { NodeName = "gpu-1", Containers = [] }, Status = KubernetesJson.Deserialize<V1PodStatus>(status) });
        Assert.True(report.HasEnded);
        var end = ExitCodePolicy.Judge(report);
        Assert.Equal(expected, $"{end.Outcome} {end.Reason} {end.Message}");
    }

    [Theory]
    [InlineData("""{"initContainerStatuses": [{"name": "vault", "state": {"running": {}}}]}""", "vault", "", "")]
    [InlineData("""{"initContainerStatuses": [{"name": "proxy", "started": true, "state": {"running": {}}}, {"name": "vault", "state": {"running": {}}}]}""", "vault", "", "")]
    [InlineData("""{"initContainerStatuses": [{"name": "proxy", "started": true, "state": {"running": {}}}]}""", "", "", "")]
    [InlineData("""{"containerStatuses": [{"name": "trainer", "state": {"waiting": {"reason": "ErrImagePull", "message": "a"}}}]}""", "", "ErrImagePull", "a")]
    [InlineData("""{"containerStatuses": [{"name": "trainer", "state": {"waiting": {"reason": "ContainerCreating"}}}, {"name": "proxy", "state": {"waiting": {"reason": "ErrImagePull", "message": "a"}}}]}""", "", "ErrImagePull", "container proxy: a")]
    [InlineData("""{"initContainerStatuses": [{"name": "vault", "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "a"}}}]}""", "", "CrashLoopBackOff", "container vault: a")]
    [InlineData("""{"containerStatuses": [{"name": "trainer", "state": {"running": {}}}, {"name": "proxy", "state": {"waiting": {"reason": "ErrImagePull", "message": "a"}}}]}""", "", "", "")]
    public void Container_that_holds_the_trainers_up_is_found(string status, string initializing, string reason, string message)
    {
        var report = PodReport.Of(new V1Pod { Metadata = new() { Name = "a", CreationTimestamp = DateTime.UtcNow }, Status = KubernetesJson.Deserialize<V1PodStatus>(status) });
        Assert.Equal((initializing, reason, message), (report.Initializing, report.WaitingReason, report.Message));
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", null)]
    [InlineData("2026-11-24T00:00:05Z", "2026-11-24T00:00:05Z")]
    public void Container_that_was_lost_ended_nobody_knows_when(string said, string? expected)
    {
        var status = KubernetesJson.Deserialize<V1PodStatus>($$$$"""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": 255, "reason": "Unknown", "finishedAt": "{{{{said}}}}"}}}]}""");
        var report = PodReport.Of(new V1Pod { Metadata = new() { Name = "a", CreationTimestamp = new DateTime(2026, 11, 24, 0, 0, 0, DateTimeKind.Utc) }, Status = status });
        Assert.Equal(expected is null ? null : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), report.Ended);
    }

    [Theory]
    [InlineData(137)]
    [InlineData(143)]
    public void Signal_to_a_pod_that_is_being_deleted_is_a_disruption(int code)
    {
        var leaves = new DateTime(2026, 11, 24, 0, 2, 0, DateTimeKind.Utc);
        var status = KubernetesJson.Deserialize<V1PodStatus>($$$$"""{"phase": "Failed", "containerStatuses": [{"name": "trainer", "state": {"terminated": {"exitCode": {{{{code}}}} }}}]}""");
        var report = PodReport.Of(new V1Pod { Metadata = new() { Name = "a", CreationTimestamp = leaves.AddMinutes(-2), DeletionTimestamp = leaves }, Status = status });
        Assert.Equal(AttemptOutcome.Disrupted, ExitCodePolicy.Judge(report).Outcome);
        Assert.Equal(leaves, report.Leaves);
    }

    [Fact]
    public void A_container_that_is_gone_before_anyone_has_read_its_exit_code_was_taken_away_with_its_pod()
    {
        var leaves = new DateTime(2026, 11, 24, 0, 2, 0, DateTimeKind.Utc);
        PodReport Of(string phase, DateTime? deletion) =>
            PodReport.Of(new V1Pod { Metadata = new() { Name = "a", CreationTimestamp = leaves.AddMinutes(-2), DeletionTimestamp = deletion }, Status = new() { Phase = phase } });
        Assert.Equal(AttemptOutcome.Disrupted, ExitCodePolicy.Judge(Of("Failed", leaves)).Outcome);
        Assert.Equal(AttemptOutcome.Failed, ExitCodePolicy.Judge(Of("Failed", null)).Outcome);
        Assert.False(Of("Running", leaves).IsDisrupted);
    }

    [Theory]
    [InlineData("False", null, true)]
    [InlineData("False", "ContainersNotReady", false)]
    [InlineData("True", null, false)]
    public void Pod_that_is_not_ready_for_no_reason_is_on_a_node_that_does_not_answer(string ready, string? reason, bool isSilent)
    {
        var since = new DateTime(2026, 11, 24, 0, 1, 0, DateTimeKind.Utc);
        var status = new V1PodStatus
        {
            Phase = "Running",
            Conditions = [new() { Type = "Ready", Status = ready, Reason = reason, LastTransitionTime = since }],
            ContainerStatuses = [new() { Name = "trainer", State = new() { Running = new() { StartedAt = since } } }],
        };
        var report = PodReport.Of(new V1Pod { Metadata = new() { Name = "a", CreationTimestamp = since }, Status = status });
        Assert.Equal(isSilent ? since : null, report.UnreachableSince?.UtcDateTime);
    }

    [Theory]
    [InlineData("Running", false)]
    [InlineData("Succeeded", true)]
    [InlineData("Failed", true)]
    public void Trainer_has_ended_though_another_container_of_its_pod_goes_on(string phase, bool isOver)
    {
        var status = KubernetesJson.Deserialize<V1PodStatus>($$$$"""
            {"phase": "{{{{phase}}}}", "containerStatuses": [{"name": "proxy", "state": {"running": {}}}, {"name": "trainer", "state": {"terminated": {"exitCode": 1} }}]}
            """);
        var report = PodReport.Of(new V1Pod { Metadata = new() { Name = "a", CreationTimestamp = DateTime.UtcNow, OwnerReferences = [new() { Kind = "Job", Uid = "job" }] }, Status = status });
        Assert.Equal((true, isOver, 1, "job"), (report.HasEnded, report.IsOver, report.ExitCode, report.JobUid));
    }

    [Theory]
    [InlineData("""{"running": {"startedAt": "2026-11-24T00:00:05Z"}}""", true)]
    [InlineData("""{"terminated": {"exitCode": 0, "startedAt": "2026-11-24T00:00:05Z", "finishedAt": "2026-11-24T00:00:09Z"}}""", true)]
    [InlineData("""{"terminated": {"exitCode": 255, "startedAt": "1970-01-01T00:00:00Z", "finishedAt": "1970-01-01T00:00:00Z"}}""", false)]
    [InlineData("""{"waiting": {"reason": "ContainerCreating"}}""", false)]
    public void The_begin_of_a_process_is_known_after_its_end_too(string state, bool isKnown)
    {
        var created = new DateTime(2026, 11, 24, 0, 0, 0, DateTimeKind.Utc);
        var status = KubernetesJson.Deserialize<V1PodStatus>($$"""{"containerStatuses": [{"name": "trainer", "state": {{state}} }]}""");
        var began = PodReport.Of(new V1Pod { Metadata = new() { Name = "a", CreationTimestamp = created }, Status = status }).Began;
        Assert.Equal(isKnown ? created.AddSeconds(5) : null, began?.UtcDateTime);
    }
}
