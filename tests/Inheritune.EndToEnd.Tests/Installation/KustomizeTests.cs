using System.Text.Json.Nodes;
using Inheritune.EndToEnd.Tests.Kubernetes;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary><c>kubectl apply -k config/crd</c> and <c>kubectl apply -k config</c>.</summary>
[Collection(nameof(Installations))]
public sealed class KustomizeTests(InstallationCluster cluster) : IAsyncLifetime
{
    private const string Deployment = "Deployment inheritune-system/inheritune-operator";

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync() => await cluster.ClearAsync();

    [Fact]
    public async Task Applied_again_nothing_changes_and_the_operator_has_the_rights_that_it_needs()
    {
        // It drops the CEL rules of the CRD, which therefore differs in every eye but its own.
        using var overlay = OldBudget();
        var definition = Checkout.File("config/crd");
        await cluster.Kubectl.RunAsync("", "apply", "--validate=false", "-k", definition);
        var first = await cluster.Kubectl.RunAsync("", "apply", "-k", overlay.Path);
        Assert.Equal(12, first.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.EndsWith(" created", StringComparison.Ordinal)));
        var second = await cluster.Kubectl.RunAsync("", "apply", "-k", overlay.Path);
        Assert.DoesNotContain(second.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => !line.EndsWith(" unchanged", StringComparison.Ordinal));
        await cluster.Kubectl.RunAsync("", "apply", "--validate=false", "-k", definition);
        Assert.Equal(1, (await cluster.Client.GetAsync<V1CustomResourceDefinition>(new("", InstallationCluster.Definition), TestContext.Current.CancellationToken)).Metadata.Generation);

        var runs = await cluster.Plane.CreateNamespaceAsync();
        await using (var running = await cluster.StartOperatorAsync(runs)) await new InstalledLife(running).CheckAsync();

        await cluster.Kubectl.RunAsync("", "delete", "-k", overlay.Path);
        Assert.False(await cluster.HasAsync<V1ClusterRole>("inheritune-operator"));
        Assert.Contains("life", await new Kubectl(cluster.Plane.Kubeconfig, runs).RunAsync("", "get", "irun"));
    }

    [Fact]
    public async Task Overlay_changes_both_images_by_their_names()
    {
        using var overlay = Overlay("""
            images:
            - {name: ghcr.io/inheritune/inheritune-operator, newName: registry.example/operator, newTag: "7"}
            - {name: ghcr.io/inheritune/inheritune-trainer, newName: registry.example/trainer, newTag: "8"}
            """);
        var container = (await BuildAsync(overlay.Path)).Get<V1Deployment>(Deployment).Spec.Template.Spec.Containers[0];
        Assert.Equal(("registry.example/operator:7", "registry.example/trainer:8"), (container.Image, container.Env.Single(variable => variable.Name == "TRAINER_IMAGE").Value));
    }

    [Fact]
    public async Task Pods_meet_the_pod_security_standard_that_their_namespace_demands()
    {
        var manifest = await BuildAsync(Checkout.File("config"));
        Assert.Equal("restricted", manifest.Get<V1Namespace>("Namespace inheritune-system").Labels()["pod-security.kubernetes.io/enforce"]);
        Assert.Empty(PodSecurity.Violations(manifest.Get<V1Deployment>(Deployment).Spec.Template.Spec));
    }

    /// <summary>But for labels, names of roles, and the way in which the trainer's image is given.</summary>
    [Fact]
    public async Task Chart_installs_the_same_pods_service_and_policies()
    {
        var (ours, charts) = (await BuildAsync(Checkout.File("config")), await new Helm(4).RenderAsync());
        var (pod, chartPod) = (Spec(ours), Spec(charts));
        Assert.Equal(["run", $"--trainer-image={pod.Containers[0].Env[0].Value}", "--leader-election=true", "--metrics-port=8080"], chartPod.Containers[0].Args);
        pod.Containers[0].Env.RemoveAt(0);
        pod.Containers[0].Args = chartPod.Containers[0].Args;
        chartPod.Containers[0].ImagePullPolicy = null;
        chartPod.TopologySpreadConstraints[0].LabelSelector = pod.TopologySpreadConstraints[0].LabelSelector;
        Same(JsonNode.Parse(KubernetesJson.Serialize(pod))!, JsonNode.Parse(KubernetesJson.Serialize(chartPod))!);
        foreach (var kind in new[] { "NetworkPolicy", "PodDisruptionBudget", "Service" })
        {
            var (spec, chartSpec) = (ours[$"{kind} inheritune-system/inheritune-operator"]["spec"]!, charts[$"{kind} inheritune-system/inheritune-operator"]["spec"]!);
            foreach (var part in new[] { "selector", "podSelector" })
            {
                spec.AsObject().Remove(part);
                chartSpec.AsObject().Remove(part);
            }

            Same(spec, chartSpec);
        }

        static void Same(JsonNode expected, JsonNode found) => Assert.True(JsonNode.DeepEquals(expected, found), $"{expected}\n{found}");
        static V1PodSpec Spec(Manifest manifest) => manifest.Get<V1Deployment>(Deployment).Spec.Template.Spec;
    }

    internal static async Task<Manifest> BuildAsync(string folder) => Manifest.Parse(await new Kubectl("/dev/null", "default").RunAsync("", "kustomize", folder));

    /// <summary>As it is, for the server of the tests, which has this version of one kind only.</summary>
    internal static TemporaryFolder OldBudget() => Overlay("""
        patches:
        - target: {kind: PodDisruptionBudget}
          options: {allowKindChange: true}
          patch: '[{"op": "replace", "path": "/apiVersion", "value": "policy/v1beta1"}]'
        """);

    private static TemporaryFolder Overlay(string more)
    {
        var folder = new TemporaryFolder();
        folder.Write("kustomization.yaml", $"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources: ["{Path.GetRelativePath(folder.Path, Checkout.File("config"))}"]
            {more}
            """);
        return folder;
    }
}
