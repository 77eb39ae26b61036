using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Installation;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>One GPU for many: who comes second waits, and who goes gives it back.</summary>
[Collection(nameof(MainLane))]
public sealed class SharingTests(PodCluster cluster)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_run_for_the_one_GPU_waits_says_so_and_starts()
    {
        await using var first = await FaultedRun.TrainAsync(cluster, cluster.Main);
        await using var second = await FaultedRun.ApplyAsync(cluster, cluster.Main);
        var waiting = await second.Watch.UntilAsync(status => RunWatch.Summary(status) is { Reason: ConditionReasons.Pending } said && said.Message.Contains("nvidia.com/gpu", StringComparison.Ordinal), "the wait for the GPU");
        Assert.Contains("Insufficient nvidia.com/gpu", RunWatch.Summary(waiting)!.Message);
        await first.CompletesAsync("a second run wants the one GPU: the first");
        await second.AttemptAsync(1);
        await second.CompletesAsync("a second run wants the one GPU: the second");
    }

    [Fact]
    public async Task A_namespace_that_is_deleted_takes_the_run_along_and_gives_its_GPU_back()
    {
        await using var run = await FaultedRun.TrainAsync(cluster, cluster.Main);
        Assert.NotEmpty(cluster.Node.Containers(run.Namespace.Name));
        // Not until it is gone: Kubernetes looks again only after half of the grace that its pods could have taken.
        await run.Namespace.Kubectl.RunAsync("", "delete", "namespace", run.Namespace.Name, "--wait=false");
        await Poll.UntilAsync(() => !cluster.Node.Containers(run.Namespace.Name).Any(), () => $"these run: {string.Join(", ", cluster.Node.Containers(run.Namespace.Name))}");
        var left = "";
        await Poll.UntilAsync(
            async () => (left = await run.Namespace.Kubectl.RunAsync("", "get", "inheritruns,jobs,pods", "-o", "jsonpath={.items[*]}")).Length == 0,
            () => $"the end of all that was in the namespace; at last there was {left}",
            FaultedRun.KubeletCleanUp);
        run.Record("`kubectl delete namespace`", null, run.Watch.Latest);

        // The operator has taken it in its stride.
        var operators = (await cluster.Client.CoreV1.ListNamespacedPodAsync(InstallationCluster.Namespace, cancellationToken: Stop)).Items;
        Assert.NotNull(Assert.Single(operators, pod => pod.Metadata.DeletionTimestamp is null).Status.ContainerStatuses.Single().State.Running);
    }
}
