using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>
/// What a node's kubelet tells the API server, for the one thing that the control plane of the tests lacks. The node offers GPUs, the
/// scheduler binds pods to it, and pods that are deleted end, as a trainer does on SIGTERM.
/// </summary>
internal sealed class Kubelet : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ApiClient _client;
    private readonly string? _namespace;
    private readonly Task _running;

    private Kubelet(ApiClient client, string? ns, string node)
    {
        (_client, _namespace, Node) = (client, ns, node);
        _running = RunAsync();
    }

    public string Node { get; }

    /// <summary>What pods end with that are deleted; null while they save.</summary>
    public int? CodeOnTerm { get; set; } = 10;

    /// <summary>Its node has lost its power: what is to end there does not.</summary>
    public bool IsDead { get; set; }

    /// <param name="client">An administrator's.</param>
    /// <param name="ns">Whose pods it looks after; null for all.</param>
    public static async Task<Kubelet> StartAsync(ApiClient client, string? ns)
    {
        var node = $"gpu-{Guid.NewGuid():n}"[..12];
        await client.CreateAsync(new V1Node { Metadata = new() { Name = node, Labels = new Dictionary<string, string> { ["tests"] = ns ?? node, ["kubernetes.io/os"] = "linux", ["kubernetes.io/arch"] = "amd64" } } }, TestContext.Current.CancellationToken);
        var kubelet = new Kubelet(client, ns, node);
        await kubelet.ReportAsync();
        return kubelet;
    }

    public Task RunsAsync(V1Pod pod) => StatusAsync(pod, "Running", new { running = new { startedAt = Now() } });

    public Task WaitsAsync(V1Pod pod, string reason, string message) => StatusAsync(pod, "Pending", new { waiting = new { reason, message } });

    public Task EndsAsync(V1Pod pod, int code, string message = "", string reason = "") =>
        StatusAsync(pod, code == 0 ? "Succeeded" : "Failed", new { terminated = new { exitCode = code, message, reason = reason.Length > 0 ? reason : code == 0 ? "Completed" : "Error", finishedAt = Now(), startedAt = Now() } });

    /// <summary>The trainer has ended, and the pod goes on for another container, which someone has put into it.</summary>
    public Task EndsBesideASidecarAsync(V1Pod pod, int code) => StatusAsync(
        pod, "Running", new { terminated = new { exitCode = code, reason = code == 0 ? "Completed" : "Error", finishedAt = Now(), startedAt = Now() } }, new { name = "proxy", image = "x", imageID = "", ready = true, restartCount = 0, state = new { running = new { startedAt = Now() } } });

    public Task EvictsAsync(V1Pod pod, string message) => TurnsDownAsync(pod, "Evicted", message);

    /// <summary>Says of a pod what the node controller says when the node does not answer.</summary>
    public Task FallsSilentAsync(V1Pod pod, DateTime since) =>
        PatchAsync(pod, new { conditions = pod.Status.Conditions.Where(condition => condition.Type != "Ready").Append(new() { Type = "Ready", Status = "False", LastTransitionTime = since }) });

    /// <summary>The pod ends without a container.</summary>
    public Task TurnsDownAsync(V1Pod pod, string reason, string message) => PatchAsync(pod, new { phase = "Failed", reason, message });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _client.DeleteAsync<V1Node>(new("", Node), CancellationToken.None);
        _stop.Dispose();
    }

    private static string Now() => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private Task StatusAsync(V1Pod pod, string phase, object state, params object[] sidecars) =>
        PatchAsync(pod, new { phase, containerStatuses = new object[] { new { name = "trainer", image = "x", imageID = "", ready = false, restartCount = 0, state } }.Concat(sidecars).ToArray() });

    private Task PatchAsync(V1Pod pod, object status) =>
        _client.PatchAsync<V1Pod>(NamespacedName.Of(pod), new V1Patch(new { status }, V1Patch.PatchType.MergePatch), CancellationToken.None, "status");

    private Task ReportAsync()
    {
        var quantities = new Dictionary<string, string> { ["cpu"] = "100k", ["memory"] = "1Pi", ["ephemeral-storage"] = "10Pi", ["pods"] = "100k", ["nvidia.com/gpu"] = "10k" };
        var status = new { capacity = quantities, allocatable = quantities, conditions = new[] { new { type = "Ready", status = "True", reason = "KubeletReady", lastHeartbeatTime = Now() } } };
        return _client.PatchAsync<V1Node>(new("", Node), new V1Patch(new { status }, V1Patch.PatchType.StrategicMergePatch), CancellationToken.None, "status");
    }

    private Task RunAsync()
    {
        var pods = new Informer<V1Pod>(_client, new() { Namespace = _namespace }, TimeProvider.System, NullLogger<Informer<V1Pod>>.Instance);
        pods.Changed += change =>
        {
            // Where it looks after all namespaces, there may be nodes with kubelets of their own.
            if (!IsDead && change.After is { Metadata.DeletionTimestamp: not null, Spec.NodeName.Length: > 0 } pod && (_namespace is not null || pod.Spec.NodeName == Node)) _ = StopAsync(pod);
        };
        return Task.WhenAll(UntilStoppedAsync(pods.RunAsync), UntilStoppedAsync(HeartbeatAsync));
    }

    private async Task HeartbeatAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(10), stop);
            await TryAsync(ReportAsync);
        }
    }

    /// <summary>A pod that has been sent SIGTERM ends, and is gone.</summary>
    private async Task StopAsync(V1Pod pod)
    {
        if (CodeOnTerm is not { } code) return;
        var ended = pod.Status.ContainerStatuses?.FirstOrDefault(container => container.Name == "trainer")?.State?.Terminated;
        if (ended is not null) await TryAsync(() => PatchAsync(pod, new { phase = ended.ExitCode == 0 ? "Succeeded" : "Failed" }));
        else if (pod.Status.Phase is not ("Failed" or "Succeeded")) await TryAsync(() => EndsAsync(pod, code));
        await TryAsync(() => _client.CoreV1.DeleteNamespacedPodAsync(pod.Name(), pod.Namespace(), gracePeriodSeconds: 0));
    }

    private static async Task TryAsync(Func<Task> request)
    {
        try
        {
            await request();
        }
        catch (Exception e) when (e is ApiException or k8s.Autorest.HttpOperationException or HttpRequestException)
        {
            // Gone meanwhile; or the server is away, and the next turn comes.
        }
    }

    private async Task UntilStoppedAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }
}
