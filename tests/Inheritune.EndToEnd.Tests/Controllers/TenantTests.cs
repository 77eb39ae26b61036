using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>What users of one namespace can do to the runs of another.</summary>
[Collection(nameof(Runs))]
public sealed class TenantTests(ControlPlane plane, RunApis apis)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pod_that_names_a_Job_of_another_namespace_as_its_owner_is_none_of_its_run()
    {
        await using var cluster = await OperatorCluster.StartAsync(plane, apis, isEverywhere: true);
        // A name, and so an output, that no run of another test has.
        var run = await cluster.CreateRunAsync("guarded");
        var pod = await cluster.TrainAsync("guarded");
        await cluster.ReportAsync(run, pod);
        await cluster.StateAsync("guarded", ConditionReasons.Training);

        var job = await cluster.JobAsync("guarded-train");
        await cluster.Kubelet.EndsAsync(await ForgeAsync(cluster, job), 0, """{"code": 0, "results": {"final": {"loss": "0.01"}}}""");
        // Has the operator look again.
        await cluster.PatchRunAsync("guarded", new { spec = new { ttlSecondsAfterFinished = 77 } });
        await Poll.UntilAsync(async () => (await cluster.RunAsync("guarded")).Status!.ObservedGeneration == 2);
        await cluster.Kubelet.EndsAsync(pod, 0, """{"code": 0, "results": {"final": {"loss": "3.12"}}}""");
        var ended = await cluster.StateAsync("guarded", ConditionReasons.Completed);
        Assert.Equal(("3.12", pod.Name(), 1), (ended.Status!.Results!.Final!.Loss, ended.Status.Job!.PodName, ended.Status.Job.Attempt));
    }

    private async Task<V1Pod> ForgeAsync(OperatorCluster cluster, V1Job job)
    {
        return await cluster.Client.CreateAsync(
            new V1Pod
            {
                Metadata = new()
                {
                    Name = "forged",
                    NamespaceProperty = await plane.CreateNamespaceAsync(),
                    Labels = job.Spec.Template.Metadata.Labels,
                    // The garbage collector does not find the owner, and would be faster than the operator.
                    Finalizers = ["tests.inheritune.dev/keep"],
                    OwnerReferences = [new() { ApiVersion = "batch/v1", Kind = "Job", Name = job.Name(), Uid = job.Uid(), Controller = true }],
                },
                Spec = new()
                {
                    NodeName = cluster.Kubelet.Node,
                    // The token of a namespace's account takes a moment.
                    AutomountServiceAccountToken = false,
                    Containers = [new() { Name = "trainer", Image = "x" }],
                },
            },
            Stop);
    }
}
