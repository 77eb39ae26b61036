using System.Text.Json.Nodes;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.GitOps;

/// <summary>The patch of Argo CD's ConfigMap.</summary>
public sealed class SettingsTests(ControlPlane plane)
{
    private const string Kind = "inheritune.dev_InheritRun", Health = $"resource.customizations.health.{Kind}", Actions = $"resource.customizations.actions.{Kind}",
        Ignored = $"resource.customizations.ignoreResourceUpdates.{Kind}";

    [Fact]
    public async Task Patch_adds_the_scripts_word_for_word_and_leaves_the_rest()
    {
        using var client = new ApiClient(plane.Administrator);
        var ns = await plane.CreateNamespaceAsync();
        await client.CreateAsync(new V1ConfigMap { Metadata = new() { Name = "argocd-cm", NamespaceProperty = ns }, Data = new Dictionary<string, string> { ["url"] = "https://argocd.example" } }, TestContext.Current.CancellationToken);
        await new Kubectl(plane.Kubeconfig, ns).RunAsync("", "patch", "configmap", "argocd-cm", "--patch-file", Checkout.File("config/argocd/argocd-cm.yaml"));
        var data = (await client.CoreV1.ReadNamespacedConfigMapAsync("argocd-cm", ns, cancellationToken: TestContext.Current.CancellationToken)).Data;
        Assert.Equal(["url", Actions, Health, Ignored], data.Keys.OrderByDescending(key => key == "url").ThenBy(key => key, StringComparer.Ordinal));

        Assert.Equal(await ScriptAsync("health.lua"), data[Health]);
        var actions = JsonNode.Parse(KubernetesJson.Serialize(RunApi.Document(data[Actions])))!;
        Assert.Equal(await ScriptAsync("actions/discovery.lua"), (string?)actions["discovery.lua"]);
        var definitions = actions["definitions"]!.AsArray();
        Assert.Equal(["suspend", "resume"], definitions.Select(definition => (string)definition!["name"]!));
        foreach (var definition in definitions) Assert.Equal(await ScriptAsync($"actions/{definition!["name"]}/action.lua"), (string?)definition["action.lua"]);
        Assert.Equal("""{"jsonPointers":["/status/progress","/status/checkpoint","/status/usage"]}""", KubernetesJson.Serialize(RunApi.Document(data[Ignored])));
    }

    private static Task<string> ScriptAsync(string name) => File.ReadAllTextAsync(Path.Combine(Checkout.File("config/argocd/inheritune.dev/InheritRun"), name), TestContext.Current.CancellationToken);
}
