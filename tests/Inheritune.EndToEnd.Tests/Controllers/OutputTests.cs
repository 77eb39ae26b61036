using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>An output is one run's at a time, in whatever namespace the others are.</summary>
[Collection(nameof(Runs))]
public sealed class OutputTests(ControlPlane plane, RunApis apis)
{
    [Fact]
    public async Task Output_of_a_run_that_has_not_ended_is_refused_to_others_which_fail_or_wait_as_they_say()
    {
        var stop = TestContext.Current.CancellationToken;
        var elsewhere = await plane.CreateNamespaceAsync();
        await using var cluster = await OperatorCluster.StartAsync(plane, apis, "--namespace", elsewhere);
        var run = await cluster.CreateRunAsync("first", "{output: {uri: \"s3://runs/shared\"}, storage: {endpoint: \"https://minio.example:9000\"}}");
        var pod = await cluster.TrainAsync("first");
        await cluster.ReportAsync(run, pod);
        await cluster.StateAsync("first", ConditionReasons.Training);

        await cluster.CreateRunAsync("second", "{output: {uri: \"s3://runs/shared/\"}, storage: {endpoint: \"https://MINIO.example:9000/\"}}", ns: elsewhere);
        RunCondition? said = null;
        await Poll.UntilAsync(async () => (said = OperatorCluster.Condition(
            await cluster.Client.GetAsync<Inheritune.Operator.Entities.V1Alpha1InheritRun>(new(elsewhere, "second"), stop), ConditionTypes.Succeeded)) is { Status: ConditionStatus.False });
        Assert.Equal(ConditionReasons.OutputOccupied, said!.Reason);
        Assert.StartsWith("s3://runs/shared/ is the output of InheritRun first of another namespace, which has not ended; give", said.Message, StringComparison.Ordinal);
        Assert.Empty((await cluster.Client.BatchV1.ListNamespacedJobAsync(elsewhere, cancellationToken: stop)).Items);

        await cluster.CreateRunAsync("third", "{output: {uri: \"s3://runs/shared/within\", whenOccupied: Wait}, storage: {endpoint: \"https://minio.example:9000\"}}");
        var waiting = await cluster.StateAsync("third", ConditionReasons.OutputOccupied);
        Assert.Equal(
            "s3://runs/shared/within is the output of InheritRun first, which has not ended; waits for its end (spec.output.whenOccupied)", OperatorCluster.Condition(waiting, ConditionTypes.Succeeded)!.Message);
        Assert.Equal((RunPhase.Pending, ConditionStatus.Unknown), (waiting.Status!.Phase, OperatorCluster.Condition(waiting, ConditionTypes.Succeeded)!.Status));
        Assert.Null(await cluster.FindJobAsync("third-preflight"));
        await cluster.CreateRunAsync("fourth", "{output: {uri: \"s3://runs/shared-not\"}, storage: {endpoint: \"https://minio.example:9000\"}}");
        await cluster.PodAsync("fourth-preflight");

        await cluster.Kubelet.EndsAsync(pod, 0);
        await cluster.StateAsync("first", ConditionReasons.Completed);
        await cluster.PodAsync("third-preflight");
    }
}
