using Inheritune.Api;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>What people write that cannot work, in their words; no GPU second is spent on it.</summary>
[Collection(nameof(SideLane))]
public sealed class MistakeTests(PodCluster cluster)
{
    [Fact]
    public async Task An_image_that_does_not_exist_is_named_and_given_up_at_the_deadline()
    {
        // Nobody listens there: a kubelet that waits for an answer would keep the pod for as long, although it is deleted.
        await using var run = await FaultedRun.ApplyAsync(cluster, cluster.Side, ns => ns.Manifest(FaultedRun.Name, """
            image: localhost/absent:1
            deadlines: {startDeadlineSeconds: 20}
            """));
        await run.Watch.UntilAsync(status => RunWatch.Summary(status)!.Reason is "ErrImagePull" or "ImagePullBackOff", "the name of the trouble");
        var end = await run.FailsAsync("an image that does not exist", ConditionReasons.ImagePullFailed);
        Assert.Contains("localhost/absent:1", end.Message);
        Assert.Null(run.Watch.Latest.Usage);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_exist_is_named_within_seconds_and_given_up_soon()
    {
        await using var run = await FaultedRun.ApplyAsync(cluster, cluster.Side, ns => ns.Manifest(FaultedRun.Name, "retry: {backoffLimit: 0}").Replace(cluster.Side.Endpoint, "http://minio.invalid:9000", StringComparison.Ordinal));
        var told = await run.Watch.StateAsync(ConditionReasons.StorageUnreachable);
        Assert.Contains("minio.invalid:9000: cannot connect", RunWatch.Summary(told)!.Message);
        var end = await run.FailsAsync("`spec.storage.endpoint` with a host that does not exist", ConditionReasons.StorageUnavailable);
        Assert.Contains("check spec.storage.endpoint ('http://minio.invalid:9000/')", end.Message);
        Assert.Null(run.Watch.Latest.Usage);
    }

    [Fact]
    public async Task A_bucket_without_permission_ends_the_run_before_it_gets_a_GPU()
    {
        cluster.Side.Store.AddUser("stranger", "strangeraccess", "strangersecret");
        await using var run = await FaultedRun.ApplyAsync(cluster, cluster.Side, ns =>
        {
            ns.CreateSecretAsync("stranger", "strangeraccess", "strangersecret").GetAwaiter().GetResult();
            return ns.Manifest(FaultedRun.Name, secret: "stranger");
        });
        var end = await run.FailsAsync("keys that have no permission on the bucket", ConditionReasons.StorageDenied);
        Assert.Contains("s3://inheritune/", end.Message);
        Assert.Null(run.Watch.Latest.Usage);
    }

    [Fact]
    public async Task Too_little_memory_is_called_so_and_tried_no_more_often_than_allowed()
    {
        await using var run = await FaultedRun.ApplyAsync(cluster, cluster.Side, ns => ns.Manifest(FaultedRun.Name, "retry: {backoffLimit: 1}").Replace("memory: 1Gi", "memory: 128Mi", StringComparison.Ordinal));
        var end = await run.FailsAsync("`spec.resources.memory: 128Mi`, less than the trainer needs", ConditionReasons.BackoffLimitExceeded);
        Assert.Contains("OOMKilled: the pod used more memory than spec.resources.memory", end.Message);
        Assert.Equal((2, 0, 137), (run.Watch.Latest.Attempts!.Failed, run.Watch.Latest.Attempts.Disrupted, run.Watch.Latest.LastFailure!.ExitCode));
    }
}
