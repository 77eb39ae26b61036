namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>The store goes away in the midst of a training, and comes back.</summary>
[Collection(nameof(SideLane))]
public sealed class StoreOutageTests(PodCluster cluster)
{
    [Fact]
    public async Task A_store_that_is_down_for_two_minutes_costs_no_step()
    {
        await using var run = await FaultedRun.TrainAsync(cluster, cluster.Side);
        cluster.Side.Store.Kill();
        try
        {
            await Task.Delay(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
            Assert.Single(await run.HoldersAsync());
        }
        finally
        {
            cluster.Side.Store.Revive();
        }

        await run.CompletesAsync("the object store is down for two minutes");
        Assert.Equal(1, run.Watch.Latest.Job!.Attempt);
    }
}
