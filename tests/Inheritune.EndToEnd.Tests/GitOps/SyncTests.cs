using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.EndToEnd.Tests.Kubernetes;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.GitOps;

/// <summary>A run that is applied from Git stays in sync: nobody rewrites it. Argo CD and kubectl both compare with what was applied last.</summary>
[Collection(nameof(Runs))]
public sealed class SyncTests(ControlPlane plane, RunApis apis)
{
    private const string Label = "app.kubernetes.io/instance", Annotation = "argocd.argoproj.io/tracking-id";

    private static readonly string Example = File.ReadAllText(Checkout.File("config/argocd/runs/medium-12/run.yaml"));

    [Fact]
    public async Task Run_differs_at_no_time_from_what_was_applied()
    {
        await using var cluster = await OperatorCluster.StartAsync(plane, apis);
        var kubectl = new Kubectl(plane.Kubeconfig, cluster.Namespace);
        var yaml = Example
            .Replace("  name: medium-12\n", $"  name: tracked\n  labels: {{{Label}: team-a-runs, team: a}}\n  annotations: {{{Annotation}: \"team-a-runs:inheritune.dev/InheritRun:ns/tracked\"}}\n", StringComparison.Ordinal)
            .Replace("spec:\n", "spec:\n  ttlSecondsAfterFinished: 5\n", StringComparison.Ordinal);
        await kubectl.ApplyAsync(yaml);
        var applied = Applied(await cluster.ObjectAsync("tracked"));
        Assert.Contains(Annotation, applied, StringComparison.Ordinal);

        var pod = await cluster.TrainAsync("tracked");
        await cluster.ReportAsync(await cluster.RunAsync("tracked"), pod);
        await cluster.StateAsync("tracked", ConditionReasons.Training);
        Assert.Equal("", await kubectl.DiffAsync(yaml));
        foreach (var child in await ChildrenAsync(cluster))
        {
            // Argo CD would take a child with the marks of the run for a resource that Git lacks, and prune it.
            Assert.DoesNotContain(child.Labels() ?? new Dictionary<string, string>(), label => label.Key is Label or "team");
            Assert.Equal(child is V1Job or V1Pod, child.GetAnnotation("argocd.argoproj.io/ignore-resource-updates") == "true");
            Assert.Null(child.GetAnnotation(Annotation));
        }

        await cluster.Kubelet.EndsAsync(pod, 0, """{"code": 0, "results": {"final": {"loss": "3.12"}}}""");
        await cluster.StateAsync("tracked", ConditionReasons.Completed);
        Assert.Equal("", await kubectl.DiffAsync(yaml));
        await Poll.UntilAsync(async () => (await cluster.JobsAsync()).Count == 0, "the end of the children");
        Assert.Equal("", await kubectl.DiffAsync(yaml));
        Assert.Contains("tracked unchanged", await kubectl.ApplyAsync(yaml), StringComparison.Ordinal);
        Assert.Equal(applied, Applied(await cluster.ObjectAsync("tracked")));
    }

    [Fact]
    public async Task Suspend_belongs_to_Git_where_Git_names_it_and_to_actions_where_it_does_not()
    {
        var api = await apis.CurrentAsync();
        var kubectl = new Kubectl(plane.Kubeconfig, apis.Namespace);
        var silent = Example.Replace("name: medium-12", "name: owned", StringComparison.Ordinal);
        await kubectl.ApplyAsync(silent);
        await ActAsync("suspend", true);
        Assert.Equal("", await kubectl.DiffAsync(silent));
        Assert.Contains("unchanged", await kubectl.ApplyAsync(silent), StringComparison.Ordinal);
        await ActAsync("resume", false);
        Assert.Equal("", await kubectl.DiffAsync(silent));

        var suspended = silent.Replace("spec:\n", "spec:\n  suspend: true\n", StringComparison.Ordinal);
        await kubectl.ApplyAsync(suspended);
        await ActAsync("resume", false);
        Assert.Contains("+  suspend: true", await kubectl.DiffAsync(suspended), StringComparison.Ordinal);
        await kubectl.ApplyAsync(suspended);
        Assert.True((bool)(await api.GetAsync("owned"))["spec"]!["suspend"]!);

        // Taken out of Git, the default comes back, and the run goes on.
        await kubectl.ApplyAsync(silent);
        Assert.False((bool)(await api.GetAsync("owned"))["spec"]!["suspend"]!);

        async Task ActAsync(string action, bool suspend)
        {
            Assert.Empty(await api.PatchAsync("owned", (await ArgoCd.ActAsync(action, await api.GetAsync("owned"))).ToJsonString()));
            Assert.Equal(suspend, (bool)(await api.GetAsync("owned"))["spec"]!["suspend"]!);
        }
    }

    [Fact]
    public async Task Edited_recipe_is_refused_in_words_that_say_what_to_do()
    {
        await apis.CurrentAsync();
        var kubectl = new Kubectl(plane.Kubeconfig, apis.Namespace);
        var yaml = Example.Replace("name: medium-12", "name: edited", StringComparison.Ordinal);
        await kubectl.ApplyAsync(yaml);
        var (code, _, error) = await kubectl.TryAsync(yaml.Replace("steps: 20000", "steps: 30000", StringComparison.Ordinal), "apply", "-f", "-");
        Assert.Equal(1, code);
        Assert.Contains("create a run with a new name", error, StringComparison.Ordinal);
    }

    /// <summary>What an apply decides over: everything but the status and what the server counts.</summary>
    private static string Applied(JsonNode run)
    {
        var metadata = run["metadata"]!;
        return new JsonObject
        {
            ["spec"] = run["spec"]!.DeepClone(), ["labels"] = metadata["labels"]!.DeepClone(), ["annotations"] = metadata["annotations"]!.DeepClone(),
            ["generation"] = metadata["generation"]!.DeepClone(), ["finalizers"] = metadata["finalizers"]?.DeepClone(),
        }.ToJsonString();
    }

    private static async Task<IEnumerable<IMetadata<V1ObjectMeta>>> ChildrenAsync(OperatorCluster cluster)
    {
        var (client, ns, stop) = (cluster.Client, cluster.Namespace, TestContext.Current.CancellationToken);
        IEnumerable<IMetadata<V1ObjectMeta>> all =
        [
            .. await cluster.JobsAsync(), .. await cluster.PodsAsync("tracked-preflight"), .. await cluster.PodsAsync("tracked-train"),
            .. (await client.CoreV1.ListNamespacedServiceAccountAsync(ns, cancellationToken: stop)).Items.Where(account => account.Name().StartsWith("tracked-", StringComparison.Ordinal)),
            .. (await client.RbacAuthorizationV1.ListNamespacedRoleAsync(ns, cancellationToken: stop)).Items.Where(role => role.Name().StartsWith("tracked-", StringComparison.Ordinal)),
            .. (await client.RbacAuthorizationV1.ListNamespacedRoleBindingAsync(ns, cancellationToken: stop)).Items.Where(binding => binding.Name().StartsWith("tracked-", StringComparison.Ordinal)),
        ];
        Assert.Equal(7, all.Count());
        return all;
    }
}
