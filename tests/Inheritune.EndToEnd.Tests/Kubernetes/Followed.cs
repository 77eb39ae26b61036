using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Testing;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>An informer that runs, and what it told: +name, name=value of a change, -name.</summary>
internal sealed class Followed : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly FakeLogger<Informer<V1ConfigMap>> _logger = new();
    private readonly List<string> _told = [];
    private readonly ApiClient _client;
    private readonly Task _running;

    public Followed(KubernetesClientConfiguration access, ConfigMaps maps, Func<InformerOptions, InformerOptions>? options = null)
    {
        _client = new ApiClient(access) { Timeout = TimeSpan.FromSeconds(5) };
        var chosen = new InformerOptions
        {
            Namespace = maps.Namespace,
            LabelSelector = ConfigMaps.Selector,
            Backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1)),
        };
        Informer = new(_client, options?.Invoke(chosen) ?? chosen, TimeProvider.System, _logger);
        Informer.Changed += change =>
        {
            lock (_told) _told.Add(change switch
            {
                { Before: null } => $"+{change.Key.Name}",
                { After: null } => $"-{change.Key.Name}",
                _ => $"{change.Key.Name}={ConfigMaps.Value(change.After)}",
            });
        };
        _running = Informer.RunAsync(_stop.Token);
    }

    public Informer<V1ConfigMap> Informer { get; }

    public string Log => string.Join('\n', _logger.Collector.GetSnapshot().Select(record => record.Message));

    private string Told
    {
        get
        {
            lock (_told) return string.Join(' ', _told);
        }
    }

    /// <summary>Waits until the store has the map with the value, or does not have it.</summary>
    public Task SeesAsync(string name, string? value) => Poll.UntilAsync(
        () => Informer.Store.Select(map => map.Name() == name ? ConfigMaps.Value(map) : null).FirstOrDefault(found => found is not null) == value,
        () => $"{name}={value ?? "(none)"}; told: {Told}; log:\n{Log}");

    /// <summary>What it told is this, as soon as it has told all. The store changes before.</summary>
    public Task ToldAsync(string told) => Poll.UntilAsync(() => Told == told, () => $"'{told}' instead of '{Told}'");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _client.Dispose();
        _stop.Dispose();
    }
}
