using System.Diagnostics;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Testing;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

public sealed class EventRecorderTests(ControlPlane plane) : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly FakeLogger<EventRecorder> _logger = new();
    private readonly List<ApiClient> _clients = [];
    private readonly List<Task> _running = [];
    private ApiClient _client = null!;
    private ApiProxy _proxy = null!;
    private V1ConfigMap _map = null!;

    private string Log => string.Join('\n', _logger.Collector.GetSnapshot().Select(record => record.Message));

    public async ValueTask InitializeAsync()
    {
        _client = new ApiClient(plane.Administrator);
        _proxy = await ApiProxy.StartAsync(plane.Administrator);
        _map = await new ConfigMaps(_client, await plane.CreateNamespaceAsync()).CreateAsync("a");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var task in _running) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        if (_proxy is not null) await _proxy.DisposeAsync();
        foreach (var client in _clients) client.Dispose();
        _client?.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task An_event_tells_what_happened_to_what()
    {
        Start().Record(_map, "Warning", "RunStalled", "Watch", "No step for 10 min");
        var found = Assert.Single(await EventsAsync(1));
        Assert.Equal(("Warning", "RunStalled", "Watch", "No step for 10 min"), (found.Type, found.Reason, found.Action, found.Note));
        Assert.Equal(("ConfigMap", "v1", "a", _map.Uid()), (found.Regarding.Kind, found.Regarding.ApiVersion, found.Regarding.Name, found.Regarding.Uid));
        Assert.Equal("inheritune-operator", found.ReportingController);
        Assert.InRange(found.EventTime!.Value, DateTime.UtcNow.AddMinutes(-1), DateTime.UtcNow);
        Assert.Null(found.Series);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_same_again_is_counted_and_not_written_anew(bool modern)
    {
        if (!modern) _proxy.Next("create", "events", Fault.NotServed());
        // Before it runs: a recorder that is faster than this loop would need one write more.
        var events = Start(before: recorder =>
        {
            for (var i = 0; i < 50; i++) recorder.Record(_map, "Normal", "Disrupted", "Restart", "Lost the node");
            recorder.Record(_map, "Normal", "Resumed", "Restart", "At step 7");
        });
        await EventsAsync(2);
        await Task.Delay(TimeSpan.FromSeconds(1.5), _stop.Token);
        for (var i = 0; i < 25; i++) events.Record(_map, "Normal", "Disrupted", "Restart", "Lost the node");

        await Poll.UntilAsync(async () => Times((await EventsAsync(2)).Single(e => e.Reason == "Disrupted")) == 75, () => Log);
        Assert.Equal(1, Times((await EventsAsync(2)).Single(e => e.Reason == "Resumed")));
        // Two writes for the first 50, one for the 25 or two if some come too late for it, one for the other event, and one that was not served.
        Assert.InRange(_proxy.Requests.Count(request => request.Plural == "events"), 4, modern ? 5 : 6);
        if (!modern) Assert.All((await _client.CoreV1.ListNamespacedEventAsync(_map.Namespace(), cancellationToken: _stop.Token)).Items.Where(e => e.InvolvedObject.Name == "a"), e => Assert.Equal("inheritune-operator", e.Source.Component));
    }

    [Fact]
    public async Task Nobody_waits_for_an_api_server_that_is_cut_off_and_what_fits_is_written_later()
    {
        var events = Start();
        _proxy.Cut();
        var (lost, began) = (RuntimeMetrics.LostEvents.Value, Stopwatch.GetTimestamp());
        for (var i = 0; i < 5000; i++) events.Record(_map, "Normal", "Noise", "Test", $"number {i}");
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(1));
        Assert.InRange(RuntimeMetrics.LostEvents.Value - lost, 2900, 4001);
        _proxy.Heal();
        await EventsAsync(100, orMore: true);
    }

    [Fact]
    public async Task Errors_that_pass_are_waited_out_and_others_cost_one_event()
    {
        _proxy.Next("create", "events", Fault.Answer(429, "TooManyRequests", retryAfter: 1));
        _proxy.Next("create", "events", Fault.Reset());
        _proxy.Next("create", "events", Fault.Answer(422, "Invalid"));
        var events = Start();
        events.Record(_map, "Normal", "First", "Test", "is invalid");
        await Poll.UntilAsync(() => Log.Contains("Lost an event First", StringComparison.Ordinal), () => Log);
        events.Record(_map, "Normal", "Second", "Test", "is fine");
        Assert.Equal("Second", Assert.Single(await EventsAsync(1)).Reason);
    }

    [Fact]
    public async Task An_event_that_has_expired_is_written_anew()
    {
        var events = Start();
        events.Record(_map, "Normal", "Again", "Test", "and again");
        var first = Assert.Single(await EventsAsync(1));
        await _client.DeleteAsync<Eventsv1Event>(NamespacedName.Of(first), _stop.Token);
        events.Record(_map, "Normal", "Again", "Test", "and again");
        Assert.NotEqual(first.Name(), Assert.Single(await EventsAsync(1)).Name());
    }

    [Fact]
    public async Task A_note_that_is_too_long_is_cut_between_characters()
    {
        Start().Record(_map, "Normal", "Long", "Test", new string('é', 2000));
        var note = Assert.Single(await EventsAsync(1)).Note;
        Assert.Matches("^é{510}…$", note);
    }

    [Fact]
    public async Task Who_may_not_write_events_is_told_what_to_do()
    {
        var (access, user) = await plane.CreateServiceAccountAsync(_map.Namespace());
        var events = Start(access);
        events.Record(_map, "Normal", "Secret", "Test", "nobody hears it");
        await Poll.UntilAsync(() => Log.Contains($"kubectl auth can-i create events.events.k8s.io -n {_map.Namespace()}", StringComparison.Ordinal), () => Log);
        Assert.Contains(user, Log, StringComparison.Ordinal);
        await Roles.GrantAsync(_client, _map.Namespace(), "events.k8s.io", "events", "create", "patch");
        events.Record(_map, "Normal", "Open", "Test", "all hear it");
        Assert.Equal("Open", Assert.Single(await EventsAsync(1)).Reason);
    }

    private EventRecorder Start(KubernetesClientConfiguration? access = null, Action<EventRecorder>? before = null)
    {
        _clients.Add(new ApiClient(access ?? _proxy.Access) { Timeout = TimeSpan.FromSeconds(5) });
        var recorder = new EventRecorder(_clients[^1], "inheritune-operator", TimeProvider.System, _logger);
        before?.Invoke(recorder);
        _running.Add(recorder.RunAsync(_stop.Token));
        return recorder;
    }

    private static int Times(Eventsv1Event e) => e.Series?.Count ?? Math.Max(1, e.DeprecatedCount ?? 1);

    private async Task<IReadOnlyList<Eventsv1Event>> EventsAsync(int count, bool orMore = false)
    {
        IReadOnlyList<Eventsv1Event> found = [];
        await Poll.UntilAsync(
            async () =>
            {
                found = [.. (await _client.EventsV1.ListNamespacedEventAsync(_map.Namespace(), cancellationToken: _stop.Token)).Items.Where(e => e.Regarding.Uid == _map.Uid())];
                return found.Count == count || orMore && found.Count > count;
            },
            () => $"{found.Count} events instead of {count}; log:\n{Log}");
        return found;
    }
}
