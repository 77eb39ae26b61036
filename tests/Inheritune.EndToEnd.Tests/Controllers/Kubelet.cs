using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>
/// What a node's kubelet tells the API server, for the one thing that the control plane of the tests lacks. The node offers GPUs, the
/// scheduler binds pods to it, and pods that are deleted end, as a trainer does on SIGTERM.
/// </summary>
internal sealed class Kubelet : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ApiClient _client;
    private readonly string _namespace;
    private readonly Task _running;

    private Kubelet(ApiClient client, string ns, string node)
    {
        (_client, _namespace, Node) = (client, ns, node);
        _running = RunAsync();
    }

    public string Node { get; }

    /// <summary>What pods end with that are deleted.</summary>
    public int CodeOnTerm { get; set; } = 10;

    public static async Task<Kubelet> StartAsync(ApiClient client, string ns)
    {
        var node = $"gpu-{Guid.NewGuid():n}"[..12];
        await client.CreateAsync(new V1Node { Metadata = new() { Name = node, Labels = new Dictionary<string, string> { ["tests"] = ns } } }, TestContext.Current.CancellationToken);
        var kubelet = new Kubelet(client, ns, node);
        await kubelet.ReportAsync();
        return kubelet;
    }

    public Task RunsAsync(V1Pod pod) => StatusAsync(pod, "Running", new { running = new { startedAt = Now() } });

    public Task WaitsAsync(V1Pod pod, string reason, string message) => StatusAsync(pod, "Pending", new { waiting = new { reason, message } });

    public Task EndsAsync(V1Pod pod, int code, string message = "", string reason = "") =>
        StatusAsync(pod, code == 0 ? "Succeeded" : "Failed", new { terminated = new { exitCode = code, message, reason = reason.Length > 0 ? reason : code == 0 ? "Completed" : "Error", finishedAt = Now(), startedAt = Now() } });

    public Task EvictsAsync(V1Pod pod, string message) => PatchAsync(pod, new { phase = "Failed", reason = "Evicted", message });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _client.DeleteAsync<V1Node>(new("", Node), CancellationToken.None);
        _stop.Dispose();
    }

    private static string Now() => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private Task StatusAsync(V1Pod pod, string phase, object state) =>
        PatchAsync(pod, new { phase, containerStatuses = new[] { new { name = "trainer", image = "x", imageID = "", ready = false, restartCount = 0, state } } });

    private Task PatchAsync(V1Pod pod, object status) =>
        _client.PatchAsync<V1Pod>(NamespacedName.Of(pod), new V1Patch(new { status }, V1Patch.PatchType.MergePatch), CancellationToken.None, "status");

    private Task ReportAsync()
    {
        var quantities = new Dictionary<string, string> { ["cpu"] = "1000", ["memory"] = "10Ti", ["ephemeral-storage"] = "100Ti", ["pods"] = "1000", ["nvidia.com/gpu"] = "100" };
        var status = new { capacity = quantities, allocatable = quantities, conditions = new[] { new { type = "Ready", status = "True", reason = "KubeletReady", lastHeartbeatTime = Now() } } };
        return _client.PatchAsync<V1Node>(new("", Node), new V1Patch(new { status }, V1Patch.PatchType.StrategicMergePatch), CancellationToken.None, "status");
    }

    private async Task RunAsync()
    {
        for (var turn = 1; !_stop.IsCancellationRequested; turn++)
        {
            try
            {
                if (turn % 50 == 0) await ReportAsync();
                foreach (var pod in (await _client.CoreV1.ListNamespacedPodAsync(_namespace)).Items)
                {
                    if (pod.Metadata.DeletionTimestamp is null || string.IsNullOrEmpty(pod.Spec.NodeName)) continue;
                    if (pod.Status.Phase is not ("Failed" or "Succeeded")) await EndsAsync(pod, CodeOnTerm);
                    await _client.CoreV1.DeleteNamespacedPodAsync(pod.Name(), _namespace, gracePeriodSeconds: 0);
                }
            }
            catch (Exception e) when (e is ApiException or k8s.Autorest.HttpOperationException or HttpRequestException)
            {
                // Gone meanwhile; or the server is busy, and the next turn comes.
            }

            await Task.Delay(200, CancellationToken.None);
        }
    }
}
