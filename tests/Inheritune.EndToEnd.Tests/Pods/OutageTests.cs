using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Installation;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>What the run leans on goes away in the midst of its training, and comes back.</summary>
[Collection(nameof(Pods))]
public sealed class OutageTests(PodCluster cluster)
{
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(2);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_that_is_down_for_two_minutes_costs_no_step()
    {
        await using var run = await FaultedRun.TrainAsync(cluster);
        cluster.Store.Kill();
        try
        {
            await Task.Delay(Outage, Stop);
            Assert.Single(await run.HoldersAsync());
        }
        finally
        {
            cluster.Store.Revive();
        }

        await run.CompletesAsync("the object store is down for two minutes");
        Assert.Equal(1, run.Watch.Latest.Job!.Attempt);
    }

    [Fact]
    public async Task An_API_server_that_is_down_for_two_minutes_costs_no_step()
    {
        await using var run = await FaultedRun.TrainAsync(cluster);
        cluster.Plane.Kill();
        try
        {
            await Task.Delay(Outage, Stop);
        }
        finally
        {
            cluster.Plane.Revive();
        }

        await run.CompletesAsync("the API server is down for two minutes");
        Assert.Equal(1, run.Watch.Latest.Job!.Attempt);
    }

    [Fact]
    public async Task An_operator_that_is_uninstalled_and_installed_again_finds_the_run_where_it_is()
    {
        await using var run = await FaultedRun.TrainAsync(cluster);
        await cluster.Helm.RunAsync("uninstall", Helm.Release, "--wait");
        // Nobody but the trainer and Kubernetes.
        await Poll.UntilAsync(async () => (await run.Namespace.PodsAsync()).All(pod => pod.Status.Phase == "Succeeded"), "the end of the training");
        await cluster.InstallAsync();
        await run.CompletesAsync("`helm uninstall`, and `helm install` after the training has ended");
        Assert.Equal(1, run.Watch.Latest.Job!.Attempt);
    }

    [Fact]
    public async Task A_second_run_for_the_one_GPU_waits_says_so_and_starts()
    {
        await using var first = await FaultedRun.TrainAsync(cluster);
        await using var second = await FaultedRun.ApplyAsync(cluster);
        var waiting = await second.Watch.UntilAsync(status => RunWatch.Summary(status) is { Reason: ConditionReasons.Pending } said && said.Message.Contains("nvidia.com/gpu", StringComparison.Ordinal), "the wait for the GPU");
        Assert.Contains("Insufficient nvidia.com/gpu", RunWatch.Summary(waiting)!.Message);
        await first.CompletesAsync("a second run wants the one GPU: the first");
        await second.AttemptAsync(1);
        await second.CompletesAsync("a second run wants the one GPU: the second");
    }

    [Fact]
    public async Task A_namespace_that_is_deleted_takes_the_run_along_and_gives_its_GPU_back()
    {
        var before = cluster.Node.Tasks();
        await using var run = await FaultedRun.TrainAsync(cluster);
        Assert.True(cluster.Node.Tasks() > before);
        // Not until it is gone: Kubernetes looks again only after half of the grace that its pods could have taken.
        await run.Namespace.Kubectl.RunAsync("", "delete", "namespace", run.Namespace.Name, "--wait=false");
        await Poll.UntilAsync(() => cluster.Node.Tasks() == before, () => $"{cluster.Node.Tasks()} containers instead of {before}");
        await Poll.UntilAsync(async () => (await run.Namespace.Kubectl.RunAsync("", "get", "inheritruns,jobs,pods", "-o", "name")).Length == 0, "the end of all that was in the namespace");
        run.Record("`kubectl delete namespace`", null, run.Watch.Latest);

        // The operator has taken it in its stride.
        var operators = (await cluster.Client.CoreV1.ListNamespacedPodAsync(InstallationCluster.Namespace, cancellationToken: Stop)).Items;
        Assert.Equal(0, Assert.Single(operators, pod => pod.Metadata.DeletionTimestamp is null).Status.ContainerStatuses.Single().State.Running is null ? 1 : 0);
    }
}
