using System.Globalization;
using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>
/// From the chart of 0.1.0 to this one, with runs in every state. Chart, runs and Jobs are as they were then; the runs' status is what the
/// operator of 0.1.0 wrote.
/// </summary>
[Collection(nameof(Installations))]
public sealed class ChartUpgradeTests(InstallationCluster cluster) : IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync() => await cluster.ClearAsync();

    [Fact]
    public async Task Runs_of_the_first_version_go_on_from_where_they_are()
    {
        var helm = new Helm(3, cluster.Plane.Kubeconfig);
        var ns = await cluster.Plane.CreateNamespaceAsync();
        await helm.InstallAsync(TestData.Path("upgrade/inheritune-operator-0.1.0.tgz"));
        await using var kubelet = await Kubelet.StartAsync(cluster.Client, ns);
        foreach (var recorded in JsonNode.Parse(await File.ReadAllTextAsync(TestData.Path("upgrade/runs.json"), Stop))!.AsArray())
            await RestoreAsync(recorded!, ns, kubelet);

        await helm.UpgradeAsync(Helm.Chart);
        await using var running = await cluster.StartOperatorAsync(ns);
        await running.Kubelet.EndsAsync(await running.PodAsync("validating-preflight"), 0);
        await running.JobAsync("validating-train");

        var job = await running.JobAsync("training-train");
        var pod = Assert.Single(await running.PodsAsync("training-train"));
        await running.StateAsync("training", ConditionReasons.Training);
        await running.Kubelet.EndsAsync(pod, 0, """{"code": 0, "results": {"final": {"loss": "3.12"}}}""");
        var done = await running.StateAsync("training", ConditionReasons.Completed);
        Assert.Equal((1, pod.Name()), (done.Status!.Job!.Attempt, done.Status.Job.PodName));
        Assert.Equal(job.Uid(), (await running.JobAsync("training-train")).Uid());

        await running.StateAsync("paused", ConditionReasons.Suspended);
        Assert.Null(await running.FindJobAsync("paused-train"));
        await running.PatchRunAsync("paused", new { spec = new { suspend = false } });
        await running.JobAsync("paused-train");

        await running.StateAsync("completed", ConditionReasons.Completed);
        await running.StateAsync("failed", ConditionReasons.Diverged);
        string[] made = ["paused-train", "training-train", "validating-preflight", "validating-train"];
        Assert.Equal(made, (await running.JobsAsync()).Select(job => job.Name()).Order(StringComparer.Ordinal));
    }

    /// <summary>Makes a run, its Jobs and its pod as they were, but for identities, which an API server gives anew.</summary>
    private async Task RestoreAsync(JsonNode recorded, string ns, Kubelet kubelet)
    {
        var (run, status) = (recorded["run"]!, recorded["run"]!["status"]!);
        var (name, oldUid) = ((string)run["metadata"]!["name"]!, (string)run["metadata"]!["uid"]!);
        var document = new JsonObject
        {
            ["apiVersion"] = ApiGroup.ApiVersion,
            ["kind"] = ApiGroup.Kind,
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = run["spec"]!.DeepClone(),
        };
        var made = await cluster.Client.CustomObjects.CreateNamespacedCustomObjectAsync<JsonNode>(
            document, ApiGroup.Name, ApiGroup.Version, ns, ApiGroup.Plural, cancellationToken: Stop);
        foreach (var text in recorded["jobs"]!.AsArray().Select(job => job!.ToJsonString()))
        {
            var job = KubernetesJson.Deserialize<V1Job>(text.Replace(oldUid, (string)made["metadata"]!["uid"]!, StringComparison.Ordinal));
            (job.Metadata.NamespaceProperty, job.Metadata.Uid, job.Spec.Selector) = (ns, null, null);
            foreach (var label in new[] { "controller-uid", "job-name" }) job.Spec.Template.Labels().Remove(label);
            // The account is the namespace's own: tokens are none of this test's business.
            job.Spec.Template.Spec.ServiceAccountName = null;
            var again = await cluster.Client.CreateAsync(job, Stop);
            V1Pod? pod = null;
            await Poll.UntilAsync(async () => (pod = (await PodsAsync()).FirstOrDefault()) is not null, $"the pod of {job.Name()}");
            if (status["job"] is not { } attempt) continue;
            await kubelet.RunsAsync(pod!);
            (attempt["uid"], attempt["podName"], attempt["nodeName"]) = (again.Uid(), pod!.Name(), pod!.Spec.NodeName);
            var created = Time(pod!.Metadata.CreationTimestamp!.Value);
            (attempt["creationTime"], attempt["startTime"]) = (created, created);

            async Task<IEnumerable<V1Pod>> PodsAsync() =>
                (await cluster.Client.CoreV1.ListNamespacedPodAsync(ns, labelSelector: $"job-name={job.Name()}", cancellationToken: Stop))
                .Items.Where(pod => pod.Spec.NodeName is not null);
        }

        // Of a trainer that is heard of now.
        if (status["progress"] is { } progress) progress["updateTime"] = Time(DateTime.UtcNow);
        var patch = new V1Patch($$"""{"status": {{status.ToJsonString()}}}""", V1Patch.PatchType.MergePatch);
        await cluster.Client.CustomObjects.PatchNamespacedCustomObjectStatusAsync<JsonNode>(
            patch, ApiGroup.Name, ApiGroup.Version, ns, ApiGroup.Plural, name, fieldManager: "inheritune-operator", cancellationToken: Stop);
    }

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
