using System.Diagnostics;
using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Generate;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>A namespace with a node, runs, and an operator that has the rights of its generated roles and no others.</summary>
internal sealed class OperatorCluster : IAsyncDisposable
{
    private const string Account = "inheritune-operator";

    private readonly ControlPlane _plane;
    private readonly string _kubeconfig = Path.GetTempFileName();

    /// <summary>Name of the cluster roles that were made for it; null where there are none.</summary>
    private string? _roles;

    private OperatorCluster(ControlPlane plane) => (_plane, Client) = (plane, new ApiClient(plane.Administrator));

    /// <summary>An administrator's.</summary>
    public ApiClient Client { get; }

    public string Namespace { get; private set; } = "";

    /// <summary>Whether the operator leads the runs of all namespaces.</summary>
    public bool IsEverywhere { get; private init; }

    public Kubelet Kubelet { get; private set; } = null!;

    /// <summary>The one that runs at present.</summary>
    public OperatorProcess Process { get; private set; } = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static Task<OperatorCluster> StartAsync(ControlPlane plane, RunApis? apis, params string[] arguments) => StartAsync(plane, apis, isEverywhere: false, arguments);

    /// <param name="plane">The API server.</param>
    /// <param name="apis">Install the CRD; null where it is installed.</param>
    /// <param name="isEverywhere">Whether the operator leads the runs of all namespaces.</param>
    /// <param name="arguments">More of the operator's.</param>
    public static async Task<OperatorCluster> StartAsync(ControlPlane plane, RunApis? apis, bool isEverywhere, params string[] arguments)
    {
        var cluster = new OperatorCluster(plane) { IsEverywhere = isEverywhere };
        if (apis is not null) await apis.CurrentAsync();
        cluster.Namespace = await plane.CreateNamespaceAsync();
        await cluster.GrantAsync();
        cluster.Kubelet = await Kubelet.StartAsync(cluster.Client, isEverywhere ? null : cluster.Namespace);
        cluster.Launch(arguments);
        await cluster.Process.ReadyAsync();
        return cluster;
    }

    /// <summary>A namespace with a node, and runs that an operator leads which has its rights already.</summary>
    public static async Task<OperatorCluster> JoinAsync(ControlPlane plane, string ns, OperatorProcess process)
    {
        var cluster = new OperatorCluster(plane) { Namespace = ns, Process = process };
        cluster.Kubelet = await Kubelet.StartAsync(cluster.Client, ns);
        return cluster;
    }

    public void Launch(params string[] arguments) =>
        Process = new OperatorProcess(_kubeconfig, ["--trainer-image", "registry.example/trainer:1", "--lease-namespace", Namespace, .. IsEverywhere ? Array.Empty<string>() : ["--namespace", Namespace], .. arguments]);

    /// <summary>Access as the operator's account.</summary>
    public Task<KubernetesClientConfiguration> OperatorAccessAsync() => _plane.AccessAsync(Namespace, Account);

    /// <summary>Replaces the operator by one that reaches the API server another way, such as through a proxy.</summary>
    public async Task RelaunchAsync(KubernetesClientConfiguration access, params string[] arguments)
    {
        await Process.KillAsync();
        Process.Dispose();
        var authority = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(access.SslCaCerts[0].ExportCertificatePem()));
        await File.WriteAllTextAsync(_kubeconfig, $$$"""
            apiVersion: v1
            kind: Config
            clusters: [{name: tests, cluster: {server: "{{{access.Host}}}", certificate-authority-data: {{{authority}}}}}]
            users: [{name: account, user: {token: unused}}]
            contexts: [{name: tests, context: {cluster: tests, user: account}}]
            current-context: tests
            """, Stop);
        Launch(arguments);
        await Process.ReadyAsync();
    }

    public NamespacedName Key(string name) => new(Namespace, name);

    /// <param name="name">Of the run.</param>
    /// <param name="spec">More of its spec, as YAML in braces.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="ns">Where; null for <see cref="Namespace"/>.</param>
    public async Task<V1Alpha1InheritRun> CreateRunAsync(string name, string spec = "{}", string labels = "{}", string? ns = null)
    {
        ns ??= Namespace;
        var run = JsonNode.Parse(KubernetesJson.Serialize(RunApi.Document($$$"""
            apiVersion: inheritune.dev/v1alpha1
            kind: InheritRun
            metadata: {name: {{{name}}}, namespace: {{{ns}}}, labels: {{{labels}}}}
            spec: {reference: {uri: "s3://models/gpt2"}, inherit: {layers: 6}, dataset: {uri: "s3://corpora/owt"}, output: {uri: "s3://runs/{{{name}}}"}, training: {steps: 10}}
            """)))!;
        foreach (var (key, value) in JsonNode.Parse(KubernetesJson.Serialize(RunApi.Document(spec)))!.AsObject()) run["spec"]![key] = value?.DeepClone();
        return KubernetesJson.Deserialize<V1Alpha1InheritRun>((await Client.CustomObjects.CreateNamespacedCustomObjectAsync<JsonNode>(run, ApiGroup.Name, ApiGroup.Version, ns, ApiGroup.Plural, cancellationToken: Stop)).ToJsonString());
    }

    /// <summary>The whole object, as the API server has it.</summary>
    public Task<JsonNode> ObjectAsync(string name) => Client.CustomObjects.GetNamespacedCustomObjectAsync<JsonNode>(ApiGroup.Name, ApiGroup.Version, Namespace, ApiGroup.Plural, name, Stop);

    public Task<V1Alpha1InheritRun> RunAsync(string name) => Client.GetAsync<V1Alpha1InheritRun>(Key(name), Stop);

    public Task PatchRunAsync(string name, object change) => Client.PatchAsync<V1Alpha1InheritRun>(Key(name), new V1Patch(change, V1Patch.PatchType.MergePatch), Stop);

    /// <summary>Waits until the column STATUS has the word.</summary>
    public async Task<V1Alpha1InheritRun> StateAsync(string name, string reason, TimeSpan? limit = null)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var run = await RunAsync(name);
            if (Condition(run, ConditionTypes.Succeeded)?.Reason == reason) return run;
            Assert.True(Stopwatch.GetElapsedTime(since) < (limit ?? Poll.Limit), $"{reason} did not come; the run: {KubernetesJson.Serialize(run)}; the operator says: {Process.Log}");
            await Task.Delay(50, Stop);
        }
    }

    public static RunCondition? Condition(V1Alpha1InheritRun run, string type) => run.Status?.Conditions.FirstOrDefault(condition => condition.Type == type);

    public async Task<V1Job?> FindJobAsync(string name)
    {
        try
        {
            return await Client.GetAsync<V1Job>(Key(name), Stop);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    public async Task<V1Job> JobAsync(string name)
    {
        V1Job? job = null;
        await Poll.UntilAsync(async () => (job = await FindJobAsync(name)) is { Metadata.DeletionTimestamp: null }, $"Job {name}; the operator says: {Process.Log}");
        return job!;
    }

    /// <summary>The pod of a Job that goes on, once it has a node.</summary>
    public async Task<V1Pod> PodAsync(string job, bool scheduled = true)
    {
        V1Pod? pod = null;
        await Poll.UntilAsync(async () => (pod = (await PodsAsync(job)).FirstOrDefault(
            pod => pod.Status.Phase == "Pending" && pod.Metadata.DeletionTimestamp is null && string.IsNullOrEmpty(pod.Spec.NodeName) != scheduled)) is not null, $"a pod of {job}");
        return pod!;
    }

    public async Task<IEnumerable<V1Pod>> PodsAsync(string job) =>
        (await Client.CoreV1.ListNamespacedPodAsync(Namespace, labelSelector: $"job-name={job}", cancellationToken: Stop)).Items;

    public async Task<IReadOnlyList<V1Job>> JobsAsync() => [.. (await Client.BatchV1.ListNamespacedJobAsync(Namespace, cancellationToken: Stop)).Items];

    /// <summary>Has the preflight pass, and returns the pod that trains.</summary>
    public async Task<V1Pod> TrainAsync(string name)
    {
        await Kubelet.EndsAsync(await PodAsync($"{name}-preflight"), 0);
        return await PodAsync($"{name}-train");
    }

    /// <summary>Has the trainer start and report, under the run's own account.</summary>
    public async Task ReportAsync(V1Alpha1InheritRun run, V1Pod pod, string activity = "Training")
    {
        await Kubelet.RunsAsync(pod);
        using var trainer = await TrainerAsync(run);
        await ReportAsync(trainer, run.Name(), new { progress = new { activity, step = 1, totalSteps = 10, updateTime = DateTime.UtcNow } });
    }

    public Task ReportAsync(ApiClient trainer, string name, object status) => trainer.PatchAsync<V1Alpha1InheritRun>(
        Key(name), new V1Patch(new { apiVersion = ApiGroup.ApiVersion, kind = ApiGroup.Kind, status }, V1Patch.PatchType.ApplyPatch), Stop, "status", "fieldManager=inheritune-trainer&force=true");

    /// <summary>Access as the account that the operator has made for a run.</summary>
    public async Task<ApiClient> TrainerAsync(V1Alpha1InheritRun run) => new(await TrainerAccessAsync(run));

    public Task<KubernetesClientConfiguration> TrainerAccessAsync(V1Alpha1InheritRun run) => _plane.AccessAsync(Namespace, $"{run.Name()}-{run.Uid()[..8]}");

    public async ValueTask DisposeAsync()
    {
        Process?.Dispose();
        if (Kubelet is not null) await Kubelet.DisposeAsync();
        if (_roles is not null)
        {
            await Client.DeleteAsync<V1ClusterRoleBinding>(new("", _roles), CancellationToken.None);
            await Client.DeleteAsync<V1ClusterRole>(new("", _roles), CancellationToken.None);
        }

        Client.Dispose();
        File.Delete(_kubeconfig);
    }

    private async Task GrantAsync()
    {
        _roles = $"tests-{Guid.NewGuid():n}";
        foreach (var entity in RbacGenerator.Generate().Where(entity => entity.Name() == Account))
        {
            if (entity.Namespace() is not null) entity.Metadata.NamespaceProperty = Namespace;
            else entity.Metadata.Name = _roles;
            switch (entity)
            {
                case V1ServiceAccount account:
                    await Client.CreateAsync(account, Stop);
                    break;
                case V1ClusterRole role:
                    await Client.CreateAsync(role, Stop);
                    break;
                case V1ClusterRoleBinding binding:
                    (binding.RoleRef.Name, binding.Subjects[0].NamespaceProperty) = (_roles, Namespace);
                    await Client.CreateAsync(binding, Stop);
                    break;
                case V1Role role:
                    await Client.CreateAsync(role, Stop);
                    break;
                case V1RoleBinding binding:
                    binding.Subjects[0].NamespaceProperty = Namespace;
                    await Client.CreateAsync(binding, Stop);
                    break;
                default:
                    Assert.Fail($"What is a {entity.Kind}?");
                    break;
            }
        }

        await _plane.WriteKubeconfigAsync(_kubeconfig, Namespace, Account);
    }
}
