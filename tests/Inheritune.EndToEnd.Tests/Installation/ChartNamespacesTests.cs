using Inheritune.EndToEnd.Tests.Kubernetes;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>The chart with <c>watchNamespaces</c>, as a team installs it that has no rights in the rest of a cluster.</summary>
[Collection(nameof(Installations))]
public sealed class ChartNamespacesTests(InstallationCluster cluster) : IAsyncLifetime
{
    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync() => await cluster.ClearAsync();

    /// <summary>The CRD comes from kubectl here, which is how a team has it that may not install any; so Helm 4 uses server-side apply.</summary>
    [Theory]
    [MemberData(nameof(Helm.Versions), MemberType = typeof(Helm))]
    public async Task Operator_leads_the_runs_of_named_namespaces_without_any_right_elsewhere(int version)
    {
        var helm = new Helm(version, cluster.Plane.Kubeconfig);
        string[] named = [await cluster.Plane.CreateNamespaceAsync(), await cluster.Plane.CreateNamespaceAsync()];
        var other = await cluster.Plane.CreateNamespaceAsync();
        await cluster.Kubectl.RunAsync("", "apply", "--validate=false", "-k", Checkout.File("config/crd"));
        await helm.InstallAsync(Helm.Chart, "--set", "crds.install=false", "--set", "aggregatedRoles=false", "--set", $"watchNamespaces={{{string.Join(',', named)}}}");
        Assert.Equal("", await cluster.Kubectl.RunAsync("", "get", "clusterroles,clusterrolebindings", "-l", "app.kubernetes.io/name=inheritune-operator", "-o", "name"));

        (string Verb, string Group, string Resource)[] rights =
        [
            ("list", "inheritune.dev", "inheritruns"), ("patch", "inheritune.dev", "inheritruns/status"), ("watch", "", "pods"), ("create", "batch", "jobs"),
            ("delete", "batch", "jobs"), ("create", "", "serviceaccounts"), ("create", "rbac.authorization.k8s.io", "rolebindings"), ("create", "events.k8s.io", "events"),
        ];
        foreach (var (verb, group, resource) in rights)
        {
            foreach (var ns in named) Assert.True(await MayAsync(verb, group, resource, ns), $"{verb} {resource}");
            foreach (var ns in new[] { other, InstallationCluster.Namespace, "kube-system", null }) Assert.False(await MayAsync(verb, group, resource, ns), $"{verb} {resource} in {ns}");
        }

        Assert.True(await MayAsync("update", "coordination.k8s.io", "leases", InstallationCluster.Namespace));
        foreach (var ns in named.Append(other))
        {
            Assert.False(await MayAsync("update", "coordination.k8s.io", "leases", ns));
            foreach (var verb in new[] { "get", "list", "watch", "create", "patch", "delete" }) Assert.False(await MayAsync(verb, "", "secrets", ns));
        }

        await using (var running = await cluster.StartOperatorAsync(named[1]))
        {
            await new InstalledLife(running).CheckAsync();
            await new Kubectl(cluster.Plane.Kubeconfig, other).RunAsync(InstalledLife.Run, "create", "-f", "-");
            // Were it seen, it would be handled before this one, which is made later.
            await running.CreateRunAsync("later");
            await running.JobAsync("later-preflight");
            Assert.Equal("", await new Kubectl(cluster.Plane.Kubeconfig, other).RunAsync("", "get", "jobs", "-o", "name"));
        }

        await helm.RunAsync("uninstall", Helm.Release);
        Assert.False(await cluster.HasAsync<V1Role>("inheritune-operator-runs", named[0]));
    }

    private Task<bool> MayAsync(string verb, string group, string resource, string? ns) => cluster.Client.MayAsync(InstallationCluster.Operator, verb, group, resource, ns);
}
