using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>Since when a word would have been heard, before a real API server that is cut off.</summary>
[Collection(nameof(Runs))]
public sealed class HearingTests(ControlPlane plane, RunApis apis) : IAsyncLifetime
{
    private readonly ShiftedTime _time = new();
    private ApiProxy _proxy = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _proxy = await ApiProxy.StartAsync(plane.Administrator);

    public ValueTask DisposeAsync() => _proxy?.DisposeAsync() ?? default;

    [Fact]
    public async Task Hearing_begins_anew_after_a_break_that_is_long_enough_to_miss_something()
    {
        using var admin = new ApiClient(plane.Administrator);
        using var client = new ApiClient(_proxy.Access) { Timeout = TimeSpan.FromSeconds(1) };
        var maps = new ConfigMaps(admin, await plane.CreateNamespaceAsync());
        var options = new InformerOptions
        {
            Namespace = maps.Namespace, LabelSelector = ConfigMaps.Selector, Silence = TimeSpan.FromSeconds(2),
            Backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200)),
        };
        var informer = new Informer<V1ConfigMap>(client, options, _time, NullLogger<Informer<V1ConfigMap>>.Instance);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Assert.Null(informer.HearingSince);
        var running = informer.RunAsync(ended.Token);
        await informer.Synced.WaitAsync(Poll.Limit, Stop);
        var first = informer.HearingSince!.Value;

        // A watch is cut and begun again: nothing can have been missed for long.
        await CutAsync();
        _proxy.Heal();
        await SeesAsync("short");
        Assert.Equal(first, informer.HearingSince);

        await CutAsync();
        _time.Ahead += TimeSpan.FromSeconds(11);
        Assert.Null(informer.HearingSince);
        _proxy.Heal();
        await SeesAsync("long");
        var second = informer.HearingSince!.Value;
        Assert.True(second - first > TimeSpan.FromSeconds(11), $"{first} {second}");

        // Nobody told of a break, and nothing came for longer than servers are ever silent.
        _time.Ahead += TimeSpan.FromSeconds(91);
        await SeesAsync("silent");
        Assert.True(informer.HearingSince - second > TimeSpan.FromSeconds(91), $"{second} {informer.HearingSince}");
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        async Task CutAsync()
        {
            var before = _proxy.Count("watch", "configmaps");
            _proxy.Cut();
            await Poll.UntilAsync(() => _proxy.Count("watch", "configmaps") > before, () => "another watch");
        }

        async Task SeesAsync(string name)
        {
            await maps.CreateAsync(name);
            await Poll.UntilAsync(() => informer.Store.Keys.Any(key => key.Name == name), () => name);
        }
    }

    [Fact]
    public async Task Silence_is_confirmed_by_the_API_server_itself_and_only_if_it_answers_at_once()
    {
        var api = await apis.CurrentAsync();
        var name = $"run-{Guid.NewGuid():n}"[..20];
        await api.CreateAsync($$$"""
            apiVersion: inheritune.dev/v1alpha1
            kind: InheritRun
            metadata: {name: {{{name}}}}
            spec: {reference: {uri: "s3://models/tiny"}, inherit: {layers: 2}, dataset: {uri: "s3://corpora/tiny"}, output: {uri: "s3://runs/{{{name}}}"}, training: {steps: 3}}
            """);
        using var client = new ApiClient(_proxy.Access);
        var run = await client.GetAsync<V1Alpha1InheritRun>(new(apis.Namespace, name), Stop);
        DateTimeOffset? watched = _time.GetUtcNow();
        var hearing = new Hearing(client, () => watched, _time);
        Assert.True(await hearing.ConfirmsAsync(run, Stop));
        Assert.Equal(watched, hearing.Since);

        _proxy.Next("get", ApiGroup.Plural, Fault.Answer(503, "ServiceUnavailable"));
        await Assert.ThrowsAsync<ApiException>(() => hearing.ConfirmsAsync(run, Stop));
        Assert.True(hearing.Since > watched);

        var interrupted = hearing.Since;
        _proxy.Next("get", ApiGroup.Plural, (_, forward) =>
        {
            _time.Ahead += TimeSpan.FromSeconds(3);
            return forward(null);
        });
        Assert.False(await hearing.ConfirmsAsync(run, Stop));
        Assert.True(hearing.Since - interrupted > TimeSpan.FromSeconds(3));

        // What came meanwhile is to be looked at first.
        await api.PatchAsync(name, """{"spec": {"suspend": true}}""");
        Assert.False(await hearing.ConfirmsAsync(run, Stop));
        watched = null;
        Assert.Null(hearing.Since);
    }
}
