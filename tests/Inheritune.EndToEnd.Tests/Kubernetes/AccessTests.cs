using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Testing;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Who is refused learns what to do, and goes on when it is done.</summary>
public sealed class AccessTests(ControlPlane plane) : IAsyncLifetime
{
    private ApiClient _client = null!;
    private ConfigMaps _maps = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _client = new ApiClient(plane.Administrator);
        _maps = new ConfigMaps(_client, await plane.CreateNamespaceAsync());
    }

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        return default;
    }

    [Fact]
    public async Task An_informer_without_permission_names_the_user_and_the_check_and_goes_on_once_it_is_granted()
    {
        var (access, user) = await plane.CreateServiceAccountAsync(_maps.Namespace);
        await _maps.CreateAsync("a", "1");
        await using var followed = new Followed(access, _maps);
        await Poll.UntilAsync(() => followed.Log.Contains("403 Forbidden", StringComparison.Ordinal));
        Assert.Contains($"Cannot list configmaps in namespace {_maps.Namespace}: 403 Forbidden", followed.Log, StringComparison.Ordinal);
        Assert.Contains($"User \"{user}\" cannot list resource", followed.Log, StringComparison.Ordinal);
        Assert.Contains($"kubectl auth can-i list configmaps -n {_maps.Namespace} --as USER", followed.Log, StringComparison.Ordinal);
        Assert.False(followed.Informer.Synced.IsCompleted);

        await Roles.GrantAsync(_client, _maps.Namespace, "", "configmaps", "list");
        await Poll.UntilAsync(() => followed.Log.Contains("Cannot watch configmaps", StringComparison.Ordinal), () => followed.Log);
        await _client.PatchAsync<V1Role>(new(_maps.Namespace, "may-configmaps"), new V1Patch("""[{"op": "add", "path": "/rules/0/verbs/-", "value": "watch"}]""", V1Patch.PatchType.JsonPatch), Stop);
        await _maps.CreateAsync("b", "1");
        await followed.SeesAsync("b", "1");
    }

    [Fact]
    public async Task A_token_that_is_not_valid_is_said_to_be_so()
    {
        var access = plane.Administrator;
        await using var followed = new Followed(new KubernetesClientConfiguration { Host = access.Host, SslCaCerts = access.SslCaCerts, AccessToken = "nonsense" }, _maps);
        await Poll.UntilAsync(() => followed.Log.Contains("401 Unauthorized", StringComparison.Ordinal), () => followed.Log);
        Assert.Contains("check the ServiceAccount token of the pod, or the user of the kubeconfig", followed.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_an_unknown_authority_is_said_to_be_so()
    {
        await using var proxy = await ApiProxy.StartAsync(plane.Administrator);
        await using var followed = new Followed(new KubernetesClientConfiguration { Host = proxy.Access.Host, SslCaCerts = plane.Administrator.SslCaCerts }, _maps);
        await Poll.UntilAsync(() => followed.Log.Contains("certificate was not accepted", StringComparison.Ordinal), () => followed.Log);
        Assert.Contains("check the certificate-authority of the kubeconfig", followed.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        await using var followed = new Followed(new KubernetesClientConfiguration { Host = "https://127.0.0.1:9" }, _maps);
        await Poll.UntilAsync(() => followed.Log.Contains("Connection refused (127.0.0.1:9)", StringComparison.Ordinal), () => followed.Log);
    }

    [Fact]
    public async Task A_kind_that_is_not_served_is_waited_for()
    {
        await using var proxy = await ApiProxy.StartAsync(plane.Administrator);
        await Probe.DefineAsync(plane);
        proxy.Next("list", "probes", Fault.NotServed(), times: 2);
        using var client = new ApiClient(proxy.Access);
        var logger = new FakeLogger<Informer<Probe>>();
        var informer = new Informer<Probe>(client, new InformerOptions { Namespace = _maps.Namespace }, TimeProvider.System, logger);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var running = informer.RunAsync(stop.Token);
        await informer.Synced.WaitAsync(Poll.Limit, Stop);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Contains("the API server does not serve probes.tests.inheritune.dev v1: install its CustomResourceDefinition", logger.Collector.GetSnapshot()[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_cannot_be_read_does_not_hide_the_others()
    {
        await Probe.DefineAsync(plane);
        // A field of a version to come, as it were: a number where this one expects text.
        await _client.CreateAsync(new Probe { ApiVersion = $"{Probe.Group}/v1", Kind = "Probe", Metadata = new() { Name = "good", NamespaceProperty = _maps.Namespace } }, Stop);
        await using var proxy = await ApiProxy.StartAsync(plane.Administrator);
        proxy.Next("watch", "probes", Fault.Tamper(line => line.Contains("\"name\":\"bad\"", StringComparison.Ordinal) ? [line.Replace("\"depth\":7", "\"depth\":\"seven\"", StringComparison.Ordinal)] : [line]));
        using var client = new ApiClient(proxy.Access);
        var logger = new FakeLogger<Informer<Probe>>();
        var informer = new Informer<Probe>(client, new InformerOptions { Namespace = _maps.Namespace }, TimeProvider.System, logger);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var running = informer.RunAsync(stop.Token);
        await informer.Synced.WaitAsync(Poll.Limit, Stop);
        foreach (var name in new[] { "bad", "fine" })
            await _client.CreateAsync(new Probe { ApiVersion = $"{Probe.Group}/v1", Kind = "Probe", Metadata = new() { Name = name, NamespaceProperty = _maps.Namespace }, Spec = new(7) }, Stop);
        await Poll.UntilAsync(() => informer.Store.TryGet(_maps.Key("fine"), out _));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(["fine", "good"], informer.Store.Select(probe => probe.Name()).Order());
        Assert.Contains("\"name\":\"bad\"", Assert.Single(logger.Collector.GetSnapshot(), record => record.Level == Microsoft.Extensions.Logging.LogLevel.Error).Message, StringComparison.Ordinal);
    }
}
