using Inheritune.Api;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>The pod is taken away in the midst of its training, and has its grace to save: not one step is lost.</summary>
[Collection(nameof(MainLane))]
public sealed class EvictionTests(PodCluster cluster)
{
    [Fact]
    public async Task A_deleted_pod_saves_and_another_one_continues_free_of_charge()
    {
        await using var run = await FaultedRun.TrainAsync(cluster, cluster.Main);
        await run.Namespace.Kubectl.RunAsync("", "delete", "pod", run.Watch.Latest.Job!.PodName!, "--wait=false");
        await run.ContinuesAsync("`kubectl delete pod`");
    }

    [Fact]
    public async Task A_pod_of_higher_priority_takes_the_GPU_and_the_run_waits_and_continues()
    {
        await using var run = await FaultedRun.TrainAsync(cluster, cluster.Main);
        await run.Namespace.Kubectl.ApplyAsync("""
            apiVersion: scheduling.k8s.io/v1
            kind: PriorityClass
            metadata: {name: urgent}
            value: 1000
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: urgent}
            spec:
              priorityClassName: urgent
              terminationGracePeriodSeconds: 0
              containers: [{name: work, image: "localhost/pause:3.2", resources: {limits: {nvidia.com/gpu: 1}}}]
            """);
        var waiting = await run.Watch.UntilAsync(status => status.Attempts!.Disrupted == 1 && RunWatch.Summary(status)!.Reason == ConditionReasons.Pending, "the wait for the GPU");
        Assert.Contains("Insufficient nvidia.com/gpu", RunWatch.Summary(waiting)!.Message);
        await run.Namespace.Kubectl.RunAsync("", "wait", "pod/urgent", "--for=condition=Ready", "--timeout=30s");
        await run.Namespace.Kubectl.RunAsync("", "delete", "pod", "urgent");
        await run.ContinuesAsync("a pod of a higher PriorityClass wants the GPU; it is deleted some seconds later");
    }

    [Fact]
    public async Task A_suspended_run_gives_its_GPU_back_and_continues_when_resumed()
    {
        await using var run = await FaultedRun.TrainAsync(cluster, cluster.Main);
        await SuspendAsync(run, true);
        await run.Watch.UntilAsync(status => RunWatch.Summary(status) is { Reason: ConditionReasons.Suspended } said && said.Message.StartsWith("Paused", StringComparison.Ordinal), "the pause");
        await run.NothingHeldAsync();
        await SuspendAsync(run, false);
        await run.AttemptAsync(2);
        await run.CompletesAsync("`spec.suspend: true`, then `false`");
        Assert.Equal((0, 0), (run.Watch.Latest.Attempts!.Failed, run.Watch.Latest.Attempts!.Disrupted));
    }

    private static Task SuspendAsync(FaultedRun run, bool suspend) =>
        run.Namespace.Kubectl.RunAsync("", "patch", "inheritrun", FaultedRun.Name, "--type=merge", "-p", $$"""{"spec": {"suspend": {{(suspend ? "true" : "false")}}} }""");
}
