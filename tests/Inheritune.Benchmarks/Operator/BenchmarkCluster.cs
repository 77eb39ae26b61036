using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Children;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inheritune.Benchmarks.Operator;

/// <summary>A control plane with an operator, and what happens to the operator's Jobs and their pods.</summary>
internal sealed class BenchmarkCluster : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ControlPlane _plane = new();
    private readonly RunApis _apis;
    private readonly List<Task> _following = [];

    private BenchmarkCluster()
    {
        Machine.AtExit(_plane.Dispose);
        Machine.AtExit(() => Cluster?.Process.Dispose());
        _apis = new(_plane);
    }

    public OperatorCluster Cluster { get; private set; } = null!;

    /// <summary>The namespaces of the runs.</summary>
    public IReadOnlyList<string> Teams { get; private set; } = [];

    /// <summary>Access to the server that counts what is asked of InheritRuns.</summary>
    public KubernetesClientConfiguration RunServer => _plane.Definitions;

    /// <summary>An administrator's access.</summary>
    public KubernetesClientConfiguration Administrator => _plane.Administrator;

    public static Task<BenchmarkCluster> StartAsync(params string[] arguments) => StartAsync(teams: 1, arguments);

    /// <param name="teams">Number of namespaces. From the second on the operator leads the runs of all.</param>
    /// <param name="arguments">The operator's.</param>
    public static async Task<BenchmarkCluster> StartAsync(int teams, params string[] arguments)
    {
        var cluster = new BenchmarkCluster();
        cluster.Cluster = await OperatorCluster.StartAsync(cluster._plane, cluster._apis, teams > 1, arguments);
        cluster.Teams = [cluster.Cluster.Namespace, .. await Task.WhenAll(Enumerable.Range(1, teams - 1).Select(_ => cluster._plane.CreateNamespaceAsync()))];
        // Their pods are those of this account, which a controller makes.
        foreach (var team in cluster.Teams) await Poll.UntilAsync(() => HasAccountAsync(cluster.Cluster.Client, team), $"the default account of {team}");
        return cluster;
    }

    /// <summary>Whether Kubernetes' own controllers may be stopped for a while: they are none of someone's cluster.</summary>
    public static bool OwnsControllers => Environment.GetEnvironmentVariable("INHERITUNE_TEST_KUBECONFIG") is not { Length: > 0 };

    public void PauseControllers() => _plane.PauseControllers();

    public void ResumeControllers() => _plane.ResumeControllers();

    /// <summary>Calls back for each operator's Job or pod that comes, changes or goes, until the end.</summary>
    public async Task FollowAsync<T>(Action<Change<T>> changed)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var informer = new Informer<T>(Cluster.Client, new() { Namespace = Cluster.IsEverywhere ? null : Cluster.Namespace, LabelSelector = ChildNames.Selector }, TimeProvider.System, NullLogger<Informer<T>>.Instance);
        informer.Changed += change =>
        {
            if (Teams.Contains(change.Entity.Namespace())) changed(change);
        };
        _following.Add(informer.RunAsync(_stop.Token));
        await informer.Synced;
    }

    /// <summary>Answers for the kubelet once for each pod that has got a node.</summary>
    public Task AnswerAsync(Func<V1Pod, Task> answer)
    {
        var answered = new HashSet<string>();
        return FollowAsync<V1Pod>(change =>
        {
            if (change.After is { Status.Phase: "Pending", Spec.NodeName.Length: > 0, Metadata.DeletionTimestamp: null } pod && answered.Add(pod.Uid())) _ = AnswerAsync(pod);
        });

        async Task AnswerAsync(V1Pod pod)
        {
            try
            {
                await answer(pod);
            }
            catch (ApiException e) when (e.IsNotFound)
            {
                // Deleted meanwhile.
            }
        }
    }

    /// <summary>A pod of a Job on the node, as its controller and the scheduler would have it, but for the container.</summary>
    public Task MakePodAsync(V1Job job) => Cluster.Client.CreateAsync(
        new V1Pod
        {
            Metadata = new()
            {
                Name = $"{job.Name()}-bench", NamespaceProperty = job.Namespace(), Labels = new Dictionary<string, string>(job.Spec.Template.Metadata.Labels) { ["job-name"] = job.Name(), ["controller-uid"] = job.Uid() },
                OwnerReferences = [new() { ApiVersion = "batch/v1", Kind = "Job", Name = job.Name(), Uid = job.Uid(), Controller = true, BlockOwnerDeletion = true }],
            },
            Spec = new() { NodeName = Cluster.Kubelet.Node, RestartPolicy = "Never", AutomountServiceAccountToken = false, Containers = [new() { Name = "trainer", Image = "x" }] },
        },
        CancellationToken.None);

    private static async Task<bool> HasAccountAsync(ApiClient client, string ns)
    {
        try
        {
            return await client.GetAsync<V1ServiceAccount>(new(ns, "default"), CancellationToken.None) is not null;
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    /// <summary>Kills the operator, where it runs, and starts another; returns how long that one took to be ready.</summary>
    public async Task<TimeSpan> RestartAsync(params string[] arguments)
    {
        Cluster.Process.Dispose();
        var began = TimeProvider.System.GetTimestamp();
        Cluster.Launch(arguments);
        await Cluster.Process.ReadyAsync();
        return TimeProvider.System.GetElapsedTime(began);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_following).ContinueWith(_ => { }, TaskScheduler.Default);
        await Cluster.DisposeAsync();
        _apis.Dispose();
        _plane.Dispose();
        _stop.Dispose();
    }
}
