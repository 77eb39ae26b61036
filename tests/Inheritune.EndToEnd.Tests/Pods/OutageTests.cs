using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Installation;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>What all runs lean on goes away in the midst of a training, and comes back.</summary>
[Collection(nameof(WholeCluster))]
public sealed class OutageTests(PodCluster cluster)
{
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(2);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_API_server_that_is_down_for_two_minutes_costs_no_step()
    {
        await using var run = await FaultedRun.TrainAsync(cluster, cluster.Main);
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

        // Whoever has lost its watches tries again twice a minute by then.
        await using var next = await FaultedRun.ApplyAsync(cluster, cluster.Main);
        await next.Watch.StateAsync(ConditionReasons.Validating);
    }

    [Fact]
    public async Task An_operator_that_is_uninstalled_and_installed_again_finds_the_run_where_it_is()
    {
        await using var run = await FaultedRun.TrainAsync(cluster, cluster.Main);
        await cluster.Helm.RunAsync("uninstall", Helm.Release, "--wait");
        // Nobody but the trainer and Kubernetes.
        await Poll.UntilAsync(async () => (await run.Namespace.PodsAsync()).All(pod => pod.Status.Phase == "Succeeded"), "the end of the training");
        await cluster.InstallAsync();
        await run.CompletesAsync("`helm uninstall`, and `helm install` after the training has ended");
        Assert.Equal(1, run.Watch.Latest.Job!.Attempt);
    }
}
