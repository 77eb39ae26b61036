using System.Text.Json.Nodes;
using Inheritune.EndToEnd.Tests.Kubernetes;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>The chart in the hands of both versions of Helm, before a real API server.</summary>
[Collection(nameof(Installations))]
public sealed class ChartLifeTests(InstallationCluster cluster) : IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync() => await cluster.ClearAsync();

    [Theory]
    [MemberData(nameof(Helm.Versions), MemberType = typeof(Helm))]
    public async Task Upgrade_brings_definition_and_roles_up_to_date_and_uninstalling_keeps_all_runs(int version)
    {
        var helm = new Helm(version, cluster.Plane.Kubeconfig);
        var runs = await cluster.Plane.CreateNamespaceAsync();
        using var folder = new TemporaryFolder();

        var notes = await helm.InstallAsync(OlderChart(folder), "--set", "replicas=3");
        Assert.Contains("inheritune-operator 0.0.9 leads the InheritRuns of all namespaces", notes);
        Assert.Contains("A trainer may write all of its run's status: this API server has no ValidatingAdmissionPolicy", notes);
        Assert.Equal(("1", "deployed", "inheritune-operator-0.0.9"), await ReleaseAsync(helm));
        Assert.DoesNotContain("GAP", await ColumnsAsync());
        Assert.False(await MayReportAsync());
        Assert.True(await cluster.Client.MayAsync(InstallationCluster.Operator, "watch", "inheritune.dev", "inheritruns", null));

        await new Kubectl(cluster.Plane.Kubeconfig, runs).RunAsync(InstalledLife.Run, "create", "-f", "-");
        await helm.UpgradeAsync(Helm.Chart);
        Assert.Equal(("2", "deployed", "inheritune-operator-0.1.0"), await ReleaseAsync(helm));
        Assert.Contains("GAP", await ColumnsAsync());
        Assert.True(await MayReportAsync());
        var deployment = await cluster.Client.GetAsync<V1Deployment>(new(InstallationCluster.Namespace, "inheritune-operator"), Stop);
        Assert.Equal(("ghcr.io/inheritune/inheritune-operator:0.1.0", 3), (deployment.Spec.Template.Spec.Containers[0].Image, deployment.Spec.Replicas));

        await helm.RunAsync("uninstall", Helm.Release);
        Assert.False(await cluster.HasAsync<V1Deployment>("inheritune-operator", InstallationCluster.Namespace));
        Assert.False(await cluster.HasAsync<V1ClusterRole>("inheritune-operator-runs"));
        Assert.Contains("GAP", await ColumnsAsync());
        Assert.Contains("sample", await new Kubectl(cluster.Plane.Kubeconfig, runs).RunAsync("", "get", "irun"));

        // A release of the same name takes over what was kept.
        await helm.InstallAsync(Helm.Chart);
        Assert.Equal(("1", "deployed", "inheritune-operator-0.1.0"), await ReleaseAsync(helm));
        await helm.RunAsync("uninstall", Helm.Release);
    }

    [Theory]
    [MemberData(nameof(Helm.Versions), MemberType = typeof(Helm))]
    public async Task Second_operator_for_the_same_runs_is_refused(int version)
    {
        var helm = new Helm(version, cluster.Plane.Kubeconfig);
        await helm.InstallAsync(Helm.Chart, "--set", "crds.install=false");
        var (code, _, error) = await helm.TryAsync("install", "second", Helm.Chart, "--create-namespace", "--namespace", "inheritune-second", "--set", "crds.install=false,aggregatedRoles=false");
        Assert.Equal(1, code);
        Assert.Contains("ClusterRole inheritune-operator-runs is there already, made by release inheritune in namespace inheritune-system. It leads the runs of all namespaces", error);
        await helm.RunAsync("uninstall", Helm.Release);
    }

    [Theory]
    [MemberData(nameof(Helm.Versions), MemberType = typeof(Helm))]
    public async Task From_kustomize_to_Helm_and_back_all_runs_stay(int version)
    {
        var helm = new Helm(version, cluster.Plane.Kubeconfig);
        var runs = new Kubectl(cluster.Plane.Kubeconfig, await cluster.Plane.CreateNamespaceAsync());
        using var config = KustomizeTests.OldBudget();
        await KustomizeAsync();
        await runs.RunAsync(InstalledLife.Run, "create", "-f", "-");

        Assert.Contains("An operator that `kubectl apply -k config` installed leads the runs of this cluster", await RefusalAsync());
        await cluster.Kubectl.RunAsync("", "delete", "-k", config.Path);
        var said = await RefusalAsync();
        Assert.Contains($"CustomResourceDefinition {InstallationCluster.Definition} is there already, made by someone else than Helm", said);
        foreach (var command in said[said.IndexOf("kubectl ", StringComparison.Ordinal)..].Split('\n')[0].Split(" && "))
            await cluster.Kubectl.RunAsync("", command.Split(' ')[1..]);
        await helm.InstallAsync(Helm.Chart);
        Assert.Contains("sample", await runs.RunAsync("", "get", "irun"));

        await helm.RunAsync("uninstall", Helm.Release);
        await KustomizeAsync();
        Assert.True(await cluster.HasAsync<V1Deployment>("inheritune-operator", InstallationCluster.Namespace));
        Assert.Contains("sample", await runs.RunAsync("", "get", "irun"));
        await cluster.Kubectl.RunAsync("", "delete", "-k", config.Path);

        async Task KustomizeAsync()
        {
            await cluster.Kubectl.RunAsync("", "apply", "--validate=false", "-k", Checkout.File("config/crd"));
            await cluster.Kubectl.RunAsync("", "apply", "-k", config.Path);
        }

        async Task<string> RefusalAsync()
        {
            var (code, _, error) = await helm.TryAsync("install", Helm.Release, Helm.Chart, "--create-namespace");
            Assert.Equal(1, code);
            return error;
        }
    }

    private Task<bool> MayReportAsync() => cluster.Client.MayAsync(InstallationCluster.Operator, "patch", "inheritune.dev", "inheritruns/status", null);

    private async Task<IEnumerable<string>> ColumnsAsync() =>
        (await cluster.Client.GetAsync<V1CustomResourceDefinition>(new("", InstallationCluster.Definition), Stop)).Spec.Versions.Single().AdditionalPrinterColumns.Select(column => column.Name);

    private static async Task<(string Revision, string Status, string Chart)> ReleaseAsync(Helm helm)
    {
        var release = Assert.Single(JsonNode.Parse(await helm.RunAsync("list", "-o", "json"))!.AsArray())!;
        return ((string)release["revision"]!, (string)release["status"]!, (string)release["chart"]!);
    }

    /// <summary>The chart as it was before the runs had a column more and the operator a right more.</summary>
    private static string OlderChart(TemporaryFolder folder)
    {
        foreach (var file in Directory.EnumerateFiles(Helm.Chart, "*", SearchOption.AllDirectories))
            folder.Write(Path.GetRelativePath(Helm.Chart, file), File.ReadAllBytes(file));
        Change("Chart.yaml", "ersion: 0.1.0\n", "ersion: 0.0.9\n");
        Change($"files/{InstallationCluster.Definition}.yaml", """
            - description: Loss on the validation data, of the target less that of the reference, in nats per token.
                  jsonPath: .status.progress.gap
                  name: GAP
                  type: string
                
            """, "");
        Change("files/rbac.yaml", "- apiGroups:\n  - inheritune.dev\n  resources:\n  - inheritruns/status\n  verbs:\n  - patch\n", "");
        return folder.Path;

        void Change(string file, string text, string with)
        {
            Assert.Contains(text, folder.Text(file));
            folder.Write(file, folder.Text(file).Replace(text, with, StringComparison.Ordinal));
        }
    }
}
