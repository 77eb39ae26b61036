using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Controllers;
using k8s;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>A run from its creation to the removal of its children, under an operator with the rights that its installation gave it.</summary>
internal sealed class InstalledLife(OperatorCluster cluster)
{
    /// <summary>A run as YAML.</summary>
    public const string Run = """
        apiVersion: inheritune.dev/v1alpha1
        kind: InheritRun
        metadata: {name: sample}
        spec: {reference: {uri: "s3://models/gpt2"}, inherit: {layers: 6}, dataset: {uri: "s3://corpora/owt"}, output: {uri: "s3://runs/sample"}, training: {steps: 10}}
        """;

    public async Task CheckAsync()
    {
        var run = await cluster.CreateRunAsync("life");
        var pod = await cluster.TrainAsync("life");
        Assert.Equal("ghcr.io/inheritune/inheritune-trainer:0.1.0", pod.Spec.Containers[0].Image);
        Assert.Empty(PodSecurity.Violations(pod.Spec));
        await cluster.ReportAsync(run, pod);
        await cluster.StateAsync("life", ConditionReasons.Training);
        await cluster.Kubelet.EndsAsync(pod, 0, """{"code": 0, "results": {"final": {"loss": "3.12"}}}""");
        await cluster.StateAsync("life", ConditionReasons.Completed);
        await cluster.PatchRunAsync("life", new { spec = new { ttlSecondsAfterFinished = 0 } });
        await Poll.UntilAsync(async () => (await cluster.JobsAsync()).Count == 0, "the end of the Jobs");
        await Poll.UntilAsync(async () => (await cluster.Client.EventsV1.ListNamespacedEventAsync(cluster.Namespace, cancellationToken: TestContext.Current.CancellationToken)).Items
            .Any(note => note.Reason == "RunCompleted"), "the Event");

        var metrics = (await cluster.Process.GetAsync("metrics")).Body;
        Assert.Contains("rest_client_requests_total{code=\"201\"", metrics);
        Assert.DoesNotContain("code=\"403\"", metrics);
    }
}
