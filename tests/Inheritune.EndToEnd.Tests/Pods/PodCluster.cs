using Inheritune.EndToEnd.Tests.Installation;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.EndToEnd.Tests.Pods;
using Inheritune.Operator.Runtime;

[assembly: AssemblyFixture(typeof(PodCluster))]

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>
/// A cluster of real parts, started when a test first asks for one: control plane, node with a GPU and a slice of another, an object store for
/// each, and the operator as a pod of its own image, installed by its chart.
/// </summary>
public sealed class PodCluster : IDisposable
{
    /// <summary>Secret with the keys of the store, in each namespace of runs.</summary>
    public const string Secret = "store";

    /// <summary>A node that says nothing for so many seconds is lost; its pods are deleted so much later.</summary>
    public const int Grace = 8;

    /// <summary>
    /// Seconds that the usual run trains for at least, alone on this machine, so that something can happen in the midst of it: the status says no more
    /// than every five seconds how far it is, and the scheduler takes its time too.
    /// </summary>
    private const double TrainingSeconds = 12;

    private readonly Lazy<Exception?> _missing;
    private readonly Lazy<byte[]> _undisturbed;
    private PodLane? _main;
    private PodLane? _side;
    private Node? _node;
    private ApiClient? _client;

    public PodCluster()
    {
        _missing = new(() => Task.Run(StartAsync).GetAwaiter().GetResult());
        _undisturbed = new(() =>
        {
            using var run = new LocalRun(Main, new PodNamespace(this, Main, "undisturbed").Manifest("undisturbed"));
            return run.Weights;
        });
    }

    /// <summary>The GPU, for tests of <see cref="MainLane"/> and <see cref="WholeCluster"/>; like all that follow, skips the test where a part of the cluster cannot be had.</summary>
    internal PodLane Main => Started._main!;

    /// <summary>The slice, for tests of <see cref="SideLane"/>.</summary>
    internal PodLane Side => Started._side!;

    internal Node Node => Started._node!;

    /// <summary>An administrator's.</summary>
    internal ApiClient Client => Started._client!;

    /// <summary>Steps of the usual run: a fast machine needs more of them.</summary>
    internal int Steps { get; private set; }

    /// <summary>The weights that the usual run has in the end where nothing disturbs it.</summary>
    internal byte[] Undisturbed => _undisturbed.Value;

    internal ControlPlane Plane { get; } = new(given: null, new() { ["GROUP_VERSIONS"] = "", ["NODE_GRACE"] = $"{Grace}" });

    internal Helm Helm => new(3, Plane.Kubeconfig);

    /// <summary>What went wrong so far, and what came of it.</summary>
    internal MarkdownTable Faults { get; } = new("pod-faults.md", "what was done", "what STATUS said from then on", "steps done twice", "GPU seconds held", "of them wasted");

    private PodCluster Started => _missing.Value is { } missing ? throw missing : this;

    internal Kubectl KubectlFor(string ns) => new(Plane.Kubeconfig, ns);

    /// <summary>Installs the chart, as its README says, and waits until the operator is ready.</summary>
    internal async Task InstallAsync()
    {
        await Helm.InstallAsync(Helm.Chart, "--set", "replicas=1");
        await KubectlFor(InstallationCluster.Namespace).RunAsync("", "rollout", "status", "deployment/inheritune-operator", "--timeout=60s");
    }

    /// <summary>A namespace with the Secret of the lane's store.</summary>
    internal async Task<PodNamespace> CreateNamespaceAsync(PodLane lane)
    {
        var ns = new PodNamespace(this, lane, await Plane.CreateNamespaceAsync());
        await ns.CreateSecretAsync(Secret, lane.Store.AccessKey, lane.Store.SecretKey);
        return ns;
    }

    public void Dispose()
    {
        _client?.Dispose();
        _node?.Dispose();
        _main?.Dispose();
        _side?.Dispose();
        Plane.Dispose();
    }

    /// <summary>What is missing here; null where all runs.</summary>
    private async Task<Exception?> StartAsync()
    {
        try
        {
            (_main, _side) = (new("nvidia.com/gpu", "10.96.0.2"), new("nvidia.com/mig-3g.40gb", "10.96.0.3"));
            _main.Store.SkipWhereMissing();
            _node = new Node(Plane.Folder, [_main, _side]);
            _node.Start();
            _node.Import("operator", "trainer");
            _client = new ApiClient(Plane.Administrator);
            await InstallAsync();
            await _main.FillAsync();
            await _side.FillAsync();
            Steps = CountSteps(_main);
            return null;
        }
        catch (Xunit.Sdk.SkipException e)
        {
            return e;
        }
    }

    /// <summary>Whole evaluations' worth of steps, by the speed of a few.</summary>
    private int CountSteps(PodLane lane)
    {
        const int few = 400, evaluation = 100;
        using var run = new LocalRun(lane, new PodNamespace(this, lane, "pace").Manifest("pace", steps: few));
        var seconds = run.Result.Json.GetProperty("results").EnumerateArray().Single(row => row.GetProperty("model").GetString() == "target").GetProperty("seconds").GetDouble();
        return (int)(TrainingSeconds / seconds * few / evaluation + 1) * evaluation;
    }
}
