using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>
/// A second node, on paper: it says that it is well and takes no pods. Without it, the only node's silence would look to Kubernetes
/// like a fault of its own, and it would give up nothing.
/// </summary>
internal sealed class Witness : IAsyncDisposable
{
    private const string Name = "witness";

    private readonly CancellationTokenSource _stop = new();
    private readonly ApiClient _client;
    private readonly Task _reporting;

    private Witness(ApiClient client) => (_client, _reporting) = (client, ReportAsync(client, _stop.Token));

    public static async Task<Witness> StartAsync(ApiClient client)
    {
        await client.CreateAsync(new V1Node { Metadata = new() { Name = Name }, Spec = new() { Unschedulable = true } }, TestContext.Current.CancellationToken);
        var witness = new Witness(client);
        await Poll.UntilAsync(async () => (await client.GetAsync<V1Node>(new("", Name), TestContext.Current.CancellationToken)).Status?.Conditions is { Count: > 0 }, "the second node");
        return witness;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _reporting);
        await _client.DeleteAsync<V1Node>(new("", Name), CancellationToken.None);
        _stop.Dispose();
    }

    private static async Task ReportAsync(ApiClient client, CancellationToken stop)
    {
        while (true)
        {
            var now = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
            var status = new { conditions = new[] { new { type = "Ready", status = "True", reason = "KubeletReady", lastHeartbeatTime = now } } };
            await client.PatchAsync<V1Node>(new("", Name), new V1Patch(new { status }, V1Patch.PatchType.StrategicMergePatch), stop, "status");
            await Task.Delay(TimeSpan.FromSeconds(1), stop);
        }
    }
}
