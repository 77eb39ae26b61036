using System.Collections.Concurrent;
using Inheritune.Operator.Runtime;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>A controller of ConfigMaps before a real API server, through a proxy.</summary>
public sealed class ControllerTests(ControlPlane plane) : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly FakeLogger<Controller<V1ConfigMap>> _logger = new();
    private readonly MapReconciler _reconciler = new();
    private readonly List<Task> _running = [];
    private readonly WorkQueue _queue = new("tests", new Backoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2)), new TokenBucket(1000, 1000, TimeProvider.System), TimeProvider.System);
    private ApiClient _client = null!;
    private ApiClient _own = null!;
    private ApiProxy _proxy = null!;
    private ConfigMaps _maps = null!;

    private string Log => string.Join('\n', _logger.Collector.GetSnapshot().Select(record => record.Message));

    public async ValueTask InitializeAsync()
    {
        _client = new ApiClient(plane.Administrator);
        _proxy = await ApiProxy.StartAsync(plane.Administrator);
        _own = new ApiClient(_proxy.Access);
        _maps = new ConfigMaps(_client, await plane.CreateNamespaceAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var task in _running) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        if (_proxy is not null) await _proxy.DisposeAsync();
        _client?.Dispose();
        _own?.Dispose();
        _queue.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Each_entity_is_reconciled_when_it_comes_and_changes_and_told_of_when_it_goes()
    {
        await _maps.CreateAsync("a", "1");
        Start();
        await SawAsync("a=1");
        await _maps.ChangeAsync("a", "2");
        await SawAsync("a=2");
        await _maps.DeleteAsync("a");
        await SawAsync("-a=2");
    }

    [Fact]
    public async Task An_entity_made_again_under_its_name_is_one_gone_and_one_come()
    {
        _reconciler.On("a=1", async _ =>
        {
            // While a worker has the key, so that it finds only the successor.
            await _maps.DeleteAsync("a");
            await _maps.CreateAsync("a", "2");
            await Poll.UntilAsync(() => _proxy.Count("watch", "configmaps") > 0);
            await Task.Delay(500, _stop.Token);
        });
        Start();
        await _maps.CreateAsync("a", "1");
        await SawAsync("a=2");
        Assert.Equal(["a=1", "-a=1", "a=2"], _reconciler.Seen);
    }

    [Fact]
    public async Task A_reconciler_is_called_again_when_it_asked_for_it()
    {
        _reconciler.Result = (map, calls) => ReconciliationResult<V1ConfigMap>.Success(map, calls == 1 ? TimeSpan.FromSeconds(1) : null);
        await _maps.CreateAsync("a", "1");
        Start();
        await Poll.UntilAsync(() => _reconciler.Seen.Count == 2);
        Pause.IsAtLeast(1, _reconciler.Times[0], _reconciler.Times[1]);
    }

    [Fact]
    public async Task A_failure_is_tried_again_with_growing_pauses_and_does_not_hold_up_others()
    {
        _reconciler.Result = (map, calls) => map.Name() == "bad" && calls < 6 ? ReconciliationResult<V1ConfigMap>.Failure(map, "not yet") : ReconciliationResult<V1ConfigMap>.Success(map);
        await _maps.CreateAsync("bad", "1");
        Start();
        await SawAsync("bad=1");
        await _maps.CreateAsync("good", "1");
        await SawAsync("good=1");
        await Poll.UntilAsync(() => _reconciler.Seen.Count(seen => seen == "bad=1") == 6);
        var times = _reconciler.Times.Zip(_reconciler.Seen).Where(pair => pair.Second == "bad=1").Select(pair => pair.First).ToArray();
        for (var i = 0; i < 5; i++) Pause.IsAtLeast(0.05 * (1 << i), times[i], times[i + 1]);
        Assert.Contains($"Failed to reconcile ConfigMap {_maps.Key("bad")}: not yet", Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_the_program_with_one_entity_leaves_the_others_alone()
    {
        _reconciler.On("bad=1", _ => throw new InvalidOperationException("a fault"));
        await _maps.CreateAsync("bad", "1");
        Start();
        await Poll.UntilAsync(() => _reconciler.Seen.Count(seen => seen == "bad=1") >= 6);
        await _maps.CreateAsync("good", "1");
        await SawAsync("good=1");
        Assert.Contains("a fault", Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_conflict_is_tried_again_with_the_newer_version()
    {
        _reconciler.On("a=1", async map =>
        {
            // Somebody else is faster.
            await _maps.ChangeAsync("a", "2");
            await _own.UpdateAsync(map, _stop.Token);
        });
        await _maps.CreateAsync("a", "1");
        Start();
        await SawAsync("a=2");
        Assert.Contains("409 Conflict", Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "TooManyRequests")]
    [InlineData(503, "ServiceUnavailable")]
    public async Task A_server_that_asks_for_time_gets_it(int code, string reason)
    {
        _proxy.Next("patch", "configmaps", Fault.Answer(code, reason, retryAfter: 2));
        _reconciler.On("a=1", map => _own.PatchAsync<V1ConfigMap>(_maps.Key("a"), new V1Patch(new { data = new { value = "done" } }, V1Patch.PatchType.MergePatch), _stop.Token));
        await _maps.CreateAsync("a", "1");
        Start();
        await SawAsync("a=done");
        var tries = _proxy.Requests.Where(request => request.Verb == "patch").Select(request => request.Time).ToArray();
        Assert.Equal(2, tries.Length);
        Pause.IsAtLeast(2, tries[0], tries[1]);
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_is_seen_to_have_been_done()
    {
        _proxy.Next("create", "configmaps", Fault.LoseAnswer());
        _reconciler.On("parent=1", async parent =>
        {
            try
            {
                await new ConfigMaps(_own, _maps.Namespace).CreateAsync("child", "1", parent);
            }
            catch (ApiException e) when (e.IsConflict)
            {
                // A name that follows from the parent's: it is there.
            }
        });
        await _maps.CreateAsync("parent", "1");
        Start();
        await SawAsync("child=1");
        await Poll.UntilAsync(() => _proxy.Count("create", "configmaps") == 2);
    }

    [Fact]
    public async Task An_owner_is_looked_at_when_what_it_owns_changes()
    {
        var controller = Prepare(ConfigMaps.Selector + ",role=owner");
        var owned = new Informer<V1ConfigMap>(_own, new InformerOptions { Namespace = _maps.Namespace, LabelSelector = ConfigMaps.Selector }, TimeProvider.System, NullLogger<Informer<V1ConfigMap>>.Instance);
        controller.Owns(owned);
        var owner = await _maps.CreateAsync("owner", "1");
        await _client.PatchAsync<V1ConfigMap>(_maps.Key("owner"), new V1Patch(new { metadata = new { labels = new { role = "owner" } } }, V1Patch.PatchType.MergePatch), _stop.Token);
        _running.Add(owned.RunAsync(_stop.Token));
        _running.Add(controller.RunAsync(_stop.Token));
        await SawAsync("owner=1");

        foreach (var act in new Func<Task>[] { () => _maps.CreateAsync("child", "1", owner), () => _maps.ChangeAsync("child", "2"), () => _maps.DeleteAsync("child") })
        {
            var before = _reconciler.Seen.Count;
            await act();
            await Poll.UntilAsync(() => _reconciler.Seen.Count > before);
        }

        Assert.All(_reconciler.Seen, seen => Assert.Equal("owner=1", seen));
        Assert.Empty(owned.Store.OwnedBy(owner.Namespace(), owner.Uid()));
    }

    [Fact]
    public async Task Nothing_is_reconciled_before_every_store_that_matters_is_filled()
    {
        _proxy.Next("list", "configmaps", Fault.Delay(TimeSpan.Zero));
        _proxy.Next("list", "configmaps", Fault.Answer(500, "InternalError", retryAfter: 2));
        await _maps.CreateAsync("a", "1");
        var controller = Prepare(ConfigMaps.Selector);
        var primaries = _running[0];
        await Poll.UntilAsync(() => _proxy.Count("list", "configmaps") == 1);
        var owned = new Informer<V1ConfigMap>(_own, new InformerOptions { Namespace = _maps.Namespace }, TimeProvider.System, NullLogger<Informer<V1ConfigMap>>.Instance);
        controller.Owns(owned);
        _running.Add(owned.RunAsync(_stop.Token));
        _running.Add(controller.RunAsync(_stop.Token));
        await SawAsync("a=1");
        Assert.False(primaries.IsCompleted);
        Assert.True(owned.Synced.IsCompletedSuccessfully);
        Assert.True(_proxy.Count("list", "configmaps") == 3);
    }

    [Fact]
    public async Task Every_entity_is_looked_at_again_from_time_to_time()
    {
        await _maps.CreateAsync("a", "1");
        await _maps.CreateAsync("b", "1");
        Start(new ControllerOptions { Resync = TimeSpan.FromMilliseconds(300) });
        await Poll.UntilAsync(() => _reconciler.Seen.Count(seen => seen == "a=1") >= 4 && _reconciler.Seen.Count(seen => seen == "b=1") >= 4);
    }

    [Fact]
    public async Task Many_workers_never_have_one_entity_at_once()
    {
        var busy = new ConcurrentDictionary<string, int>();
        _reconciler.Any = async map =>
        {
            Assert.Equal(1, busy.AddOrUpdate(map.Name(), 1, (_, n) => n + 1));
            await Task.Delay(20, CancellationToken.None);
            busy.AddOrUpdate(map.Name(), 0, (_, n) => n - 1);
        };
        for (var i = 0; i < 3; i++) await _maps.CreateAsync($"m{i}", "0");
        Start(new ControllerOptions { Workers = 8, Resync = TimeSpan.FromMilliseconds(5) });
        for (var i = 1; i <= 20; i++) await _maps.ChangeAsync($"m{i % 3}", $"{i}");
        await SawAsync("m2=20");
        Assert.DoesNotContain("Failed", Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_have_the_names_that_dashboards_know()
    {
        _reconciler.Result = (map, calls) => calls switch
        {
            1 => ReconciliationResult<V1ConfigMap>.Failure(map, "once"),
            2 => ReconciliationResult<V1ConfigMap>.Success(map, TimeSpan.FromMilliseconds(1)),
            _ => ReconciliationResult<V1ConfigMap>.Success(map),
        };
        await _maps.CreateAsync("a", "1");
        Start();
        await Poll.UntilAsync(() => _reconciler.Seen.Count >= 3);
        using var text = new MemoryStream();
        await Prometheus.Metrics.DefaultRegistry.CollectAndExportAsTextAsync(text, _stop.Token);
        var lines = System.Text.Encoding.UTF8.GetString(text.ToArray()).Split('\n');
        string[] names =
        [
            """workqueue_depth{name="tests"}""",
            """workqueue_adds_total{name="tests"}""",
            """workqueue_retries_total{name="tests"}""",
            """workqueue_queue_duration_seconds_count{name="tests"}""",
            """controller_runtime_reconcile_total{controller="configmaps",result="success"}""",
            """controller_runtime_reconcile_total{controller="configmaps",result="requeue_after"}""",
            """controller_runtime_reconcile_total{controller="configmaps",result="error"}""",
            """controller_runtime_reconcile_time_seconds_count{controller="configmaps"}""",
            $"rest_client_requests_total{{code=\"200\",method=\"GET\",host=\"{new Uri(_proxy.Access.Host).Authority}\"}}",
        ];
        Assert.All(names, name => Assert.Contains(lines, line => line.StartsWith(name + " ", StringComparison.Ordinal)));
    }

    private void Start(ControllerOptions? options = null) => _running.Add(Prepare(ConfigMaps.Selector, options).RunAsync(_stop.Token));

    private Controller<V1ConfigMap> Prepare(string selector, ControllerOptions? options = null)
    {
        var informer = new Informer<V1ConfigMap>(_own, new InformerOptions { Namespace = _maps.Namespace, LabelSelector = selector }, TimeProvider.System, NullLogger<Informer<V1ConfigMap>>.Instance);
        var controller = new Controller<V1ConfigMap>(informer, _reconciler, _queue, options ?? new(), TimeProvider.System, _logger);
        _running.Add(informer.RunAsync(_stop.Token));
        return controller;
    }

    private Task SawAsync(string what) => Poll.UntilAsync(() => _reconciler.Seen.Contains(what), () => $"{what}; seen: {string.Join(' ', _reconciler.Seen)}; log:\n{Log}");
}
