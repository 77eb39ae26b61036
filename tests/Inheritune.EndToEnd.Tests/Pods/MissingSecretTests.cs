using Inheritune.Api;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>What the run names is not there yet.</summary>
[Collection(nameof(MainLane))]
public sealed class MissingSecretTests(PodCluster cluster)
{
    [Fact]
    public async Task A_Secret_that_does_not_exist_is_named_and_the_run_goes_on_once_it_does()
    {
        await using var run = await FaultedRun.ApplyAsync(cluster, cluster.Main, ns => ns.Manifest(FaultedRun.Name, secret: "absent"));
        // A kubelet that is still fetching Secrets says so first.
        await run.Watch.UntilAsync(status => RunWatch.Summary(status) is { Reason: "FailedMount" } said && said.Message.Contains("secret \"absent\" not found", StringComparison.Ordinal), "the name of the Secret");
        await run.Namespace.CreateSecretAsync("absent", cluster.Main.Store.AccessKey, cluster.Main.Store.SecretKey);
        await run.AttemptAsync(1);
        await run.CompletesAsync("a Secret that does not exist; it is made some seconds later");
    }
}
