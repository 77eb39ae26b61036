using Inheritune.Api;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>A run in a namespace of its own that something happens to. Its end is checked alike, whatever it was.</summary>
internal sealed class FaultedRun : IAsyncDisposable
{
    public const string Name = "story";

    /// <summary>A deleted pod can be there until its sandbox is removed, once a minute, and its status is looked at, each ten seconds.</summary>
    public static readonly TimeSpan KubeletCleanUp = TimeSpan.FromSeconds(90);

    private readonly PodCluster _cluster;
    private readonly List<PodLog> _logs = [];
    private DateTimeOffset _since = DateTimeOffset.UtcNow;

    private FaultedRun(PodCluster cluster, PodNamespace ns) => (_cluster, Namespace) = (cluster, ns);

    public PodNamespace Namespace { get; }

    public RunWatch Watch { get; private set; } = null!;

    /// <summary>Applies a run.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="lane">With which store and GPU.</param>
    /// <param name="manifest">Of which namespace; null for the usual one.</param>
    public static async Task<FaultedRun> ApplyAsync(PodCluster cluster, PodLane lane, Func<PodNamespace, string>? manifest = null)
    {
        var run = new FaultedRun(cluster, await cluster.CreateNamespaceAsync(lane));
        run.Watch = await run.Namespace.ApplyAsync(Name, manifest?.Invoke(run.Namespace) ?? run.Namespace.Manifest(Name));
        return run;
    }

    /// <summary>Applies one and waits until it is in the midst of its training, with a checkpoint in the store. What STATUS says from then on counts.</summary>
    public static async Task<FaultedRun> TrainAsync(PodCluster cluster, PodLane lane)
    {
        var run = await ApplyAsync(cluster, lane);
        await run.AttemptAsync(1);
        await run.ReachAsync(20);
        run._since = DateTimeOffset.UtcNow;
        return run;
    }

    /// <summary>Waits until an attempt of this or a later number is known, and reads its log.</summary>
    public async Task<string> AttemptAsync(int number)
    {
        var status = await Watch.UntilAsync(status => status.Job is { PodName: not null, StartTime: not null } && status.Job.Attempt >= number, $"attempt {number}");
        _logs.Add(new PodLog(Namespace.Kubectl, status.Job!.PodName!));
        return status.Job.PodName!;
    }

    /// <summary>Waits until a checkpoint of this step or a later one is in the store.</summary>
    public Task ReachAsync(int step) => Watch.UntilAsync(status => status.Checkpoint?.Step >= step, $"a checkpoint of step {step}");

    /// <summary>The names of the run's pods that have been given a node and have not ended: they hold what they asked for.</summary>
    public async Task<IEnumerable<string>> HoldersAsync() => Holders(await Namespace.PodsAsync());

    private static IEnumerable<string> Holders(IEnumerable<V1Pod> pods) =>
        pods.Where(pod => !string.IsNullOrEmpty(pod.Spec.NodeName) && pod.Status.Phase is "Running" or "Pending").Select(pod => pod.Name());

    /// <summary>
    /// Waits for the end, checks that the weights are those of a run that nothing disturbed and that nobody holds the GPU, and writes the row of the table.
    /// </summary>
    /// <param name="done">What was done to it.</param>
    /// <param name="saved">Step of the checkpoint that the next attempt had to go on from; null where no step may have been done twice.</param>
    public async Task CompletesAsync(string done, int? saved = null)
    {
        var status = await Watch.StateAsync(ConditionReasons.Completed, TimeSpan.FromMinutes(3));
        Assert.True(_cluster.Undisturbed.AsSpan().SequenceEqual(Namespace.Weights(Name)), $"other weights than undisturbed; {Said()}");
        Assert.Equal($"Final validation loss {status.Results?.Final?.Loss}, reference {status.Results?.Reference?.Loss}", RunWatch.Summary(status)!.Message);
        await NothingHeldAsync();
        await Poll.UntilAsync(() => _logs[^1].LastStep == _cluster.Steps, () => $"the last attempt's last step; it said: {string.Join('\n', _logs[^1].Lines)}");
        var lost = _logs.Zip(_logs.Skip(1)).Sum(pair => Math.Max(0, pair.First.LastStep - pair.Second.FirstStep));
        if (saved is null) Assert.Equal(0, lost);
        else Assert.True(saved == _logs[^1].FirstStep, $"step {saved} was saved; {Said()}");
        Record(done, lost, status);
    }

    private string Said() =>
        $"its attempts said: {string.Join('\n', _logs.SelectMany(log => log.Lines).Where(line => !line.Contains("| loss", StringComparison.Ordinal)))}\nand the run: {string.Join("; ", Watch.Words)}";

    /// <summary>Waits until another pod has gone on, not as a retry, and for its end.</summary>
    public async Task ContinuesAsync(string done)
    {
        await AttemptAsync(2);
        await CompletesAsync(done);
        Assert.Equal((0, 1), (Watch.Latest.Attempts!.Failed, Watch.Latest.Attempts!.Disrupted));
    }

    /// <summary>Waits for the end that the words say, with nobody on a GPU.</summary>
    public async Task<RunCondition> FailsAsync(string done, string reason)
    {
        var status = await Watch.StateAsync(reason);
        await Watch.UntilAsync(status => RunWatch.Summary(status) is { Status: ConditionStatus.False }, $"the end as {reason}");
        await NothingHeldAsync();
        Record(done, null, Watch.Latest);
        return RunWatch.Summary(status)!;
    }

    /// <summary>No pod of the namespace holds its GPU.</summary>
    public async Task NothingHeldAsync()
    {
        IList<V1Pod> pods = [];
        await Poll.UntilAsync(
            async () => !Holders(pods = await Namespace.PodsAsync()).Any(),
            () => $"the end of all pods; at last there were {KubernetesJson.Serialize(pods)}",
            KubeletCleanUp);
    }

    public void Record(string done, int? lost, InheritRunStatus status) => _cluster.Faults.Add(
        done,
        string.Join(" → ", Watch.Words.Where(said => said.Time >= _since).Select(said => said.Message.Length > 0 ? $"**{said.Reason}**: {said.Message}" : $"**{said.Reason}**")),
        lost is null ? "–" : $"{lost}", $"{status.Usage?.GpuSeconds ?? 0}", $"{status.Usage?.WastedGpuSeconds ?? 0}");

    public async ValueTask DisposeAsync()
    {
        foreach (var log in _logs) log.Dispose();
        Watch?.Dispose();
        // Whatever a failed test left behind must not hold the GPU that the next one wants.
        await Namespace.Kubectl.TryAsync("", "delete", "inheritruns,jobs", "--all", "--wait=false");
        await Namespace.Kubectl.TryAsync("", "delete", "pods", "--all", "--grace-period=2");
    }
}
