using Inheritune.Api;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>The node with the GPU goes away, with notice or with none and the operator's pod along with it, and comes back.</summary>
[Collection(nameof(WholeCluster))]
public sealed class NodeTests(PodCluster cluster)
{
    [Fact]
    public async Task A_drained_node_gives_its_pods_the_time_to_save()
    {
        await using var run = await FaultedRun.TrainAsync(cluster, cluster.Main);
        try
        {
            // The operator's pod stays: there is no second node for it.
            await run.Namespace.Kubectl.RunAsync("", "drain", Node.Name, "--pod-selector=inheritune.dev/run", "--delete-emptydir-data", "--timeout=60s");
            var waiting = await run.Watch.StateAsync(ConditionReasons.Pending);
            Assert.Contains("unschedulable", RunWatch.Summary(waiting)!.Message);
            Assert.Empty(await run.HoldersAsync());
        }
        finally
        {
            await run.Namespace.Kubectl.RunAsync("", "uncordon", Node.Name);
        }

        await run.ContinuesAsync("`kubectl drain`, then `kubectl uncordon`");
    }

    [Theory]
    [InlineData(false, "the node's power fails; it is back at once")]
    [InlineData(true, "the node's power fails; it is back when its pods have been given up")]
    public async Task A_node_that_loses_its_power_costs_what_came_after_the_last_checkpoint_and_no_retry(bool isLong, string done)
    {
        await using var witness = await Witness.StartAsync(cluster.Client);
        await using var run = await FaultedRun.TrainAsync(cluster, cluster.Main);
        cluster.Node.Crash();
        var saved = run.Namespace.SavedStep(FaultedRun.Name);
        if (isLong) await GivenUpAsync(run);
        cluster.Node.Start();
        await run.AttemptAsync(2);
        await run.CompletesAsync(done, saved);
        Assert.Equal(0, run.Watch.Latest.Attempts!.Failed);
        Assert.NotEqual(0, run.Watch.Latest.Attempts.Disrupted);
        Assert.Equal(saved, run.Watch.Latest.Progress!.ResumedStep);
        // A node that is back at once has lost less than a second.
        Assert.InRange(run.Watch.Latest.Usage!.WastedGpuSeconds!.Value, isLong ? PodCluster.Grace : 0, run.Watch.Latest.Usage.GpuSeconds!.Value - 1);
    }

    [Fact]
    public async Task A_node_that_stands_still_and_comes_back_continues_without_a_retry()
    {
        await using var witness = await Witness.StartAsync(cluster.Client);
        await using var run = await FaultedRun.TrainAsync(cluster, cluster.Main);
        cluster.Node.Pause();
        try
        {
            await GivenUpAsync(run);
        }
        finally
        {
            cluster.Node.Resume();
        }

        await run.AttemptAsync(2);
        await run.CompletesAsync("the node stands still until its pods have been given up, and goes on");
        Assert.Equal((0, 1), (run.Watch.Latest.Attempts!.Failed, run.Watch.Latest.Attempts!.Disrupted));
    }

    /// <summary>The node has been silent for too long, and its pod is to go.</summary>
    private static Task GivenUpAsync(FaultedRun run) =>
        Poll.UntilAsync(async () => (await run.Namespace.PodsAsync()).Any(pod => pod.Status.Phase == "Running" && pod.Metadata.DeletionTimestamp is not null), "the end of Kubernetes' patience with the node");
}
