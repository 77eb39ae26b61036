using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>The operator's writes, as a real API server takes them.</summary>
[Collection(nameof(Runs))]
public sealed class StatusWriterTests(ControlPlane plane, RunApis apis)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_true_of_a_run_is_not_written_to_another_that_took_its_name()
    {
        var api = await apis.CurrentAsync();
        var name = $"run-{Guid.NewGuid():n}"[..20];
        var key = new NamespacedName(apis.Namespace, name);
        using var client = new ApiClient(plane.Administrator);
        var writer = new StatusWriter(client);
        await CreateAsync();
        var earlier = await client.GetAsync<V1Alpha1InheritRun>(key, Stop);
        var plan = RunPlan.Of(new Observation(earlier, null, null, [], [], DateTimeOffset.UtcNow));
        await client.DeleteAsync<V1Alpha1InheritRun>(key, Stop);
        await CreateAsync();

        Assert.True((await Assert.ThrowsAsync<ApiException>(() => writer.WriteAsync(earlier, plan, Stop))).IsConflict);
        var later = await client.GetAsync<V1Alpha1InheritRun>(key, Stop);
        Assert.Null(later.Status?.StartTime);

        // Results and the rest are two writes, of which the second rests on the first.
        var written = await writer.WriteAsync(later, plan with { Recovered = new(new() { Percent = "100%" }, new() { Final = new() { Loss = "3.12" } }) }, Stop);
        Assert.Equal(("3.12", "100%", ConditionReasons.Validating), (written!.Status!.Results!.Final!.Loss, written.Status.Progress!.Percent, OperatorCluster.Condition(written, ConditionTypes.Succeeded)!.Reason));
        Assert.False(writer.IsStale(written));
        Assert.True(writer.IsStale(later));

        Task CreateAsync() => api.CreateAsync($$$"""
            apiVersion: inheritune.dev/v1alpha1
            kind: InheritRun
            metadata: {name: {{{name}}}}
            spec: {reference: {uri: "s3://models/tiny"}, inherit: {layers: 2}, dataset: {uri: "s3://corpora/tiny"}, output: {uri: "s3://runs/{{{name}}}"}, training: {steps: 3}}
            """);
    }
}
