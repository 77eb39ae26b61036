using System.Net;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Server-side apply on a custom resource.</summary>
public sealed class ApplierTests(ControlPlane plane) : IAsyncLifetime
{
    private ApiClient _client = null!;
    private ApiProxy _proxy = null!;
    private Applier _ours = null!;
    private Applier _theirs = null!;
    private string _namespace = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _proxy = await ApiProxy.StartAsync(plane.Administrator);
        _client = new ApiClient(_proxy.Access);
        (_ours, _theirs) = (new(_client, "ours"), new(_client, "theirs"));
        _namespace = await plane.CreateNamespaceAsync();
        await Probe.DefineAsync(plane);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_proxy is not null) await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task What_is_applied_is_created_changed_and_when_no_longer_sent_removed()
    {
        var made = await _ours.ApplyAsync(New(new(5, "Red")), Stop);
        Assert.Equal(new(5, "Red"), made.Spec);
        made.Spec = new(6);
        made.Metadata.ResourceVersion = null;
        Assert.Equal(new(6), (await _ours.ApplyAsync(made, Stop)).Spec);
        Assert.Equal(new(6), (await _client.GetAsync<Probe>(new(_namespace, "a"), Stop)).Spec);
    }

    [Fact]
    public async Task Two_managers_share_a_status()
    {
        await _ours.ApplyAsync(New(new(5)), Stop);
        await _ours.ApplyAsync(New(status: new("Training")), Stop, "status");
        await _theirs.ApplyAsync(New(status: new(Progress: "10%")), Stop, "status");
        await _ours.ApplyAsync(New(status: new("Succeeded")), Stop, "status");
        var probe = await _client.GetAsync<Probe>(new(_namespace, "a"), Stop);
        Assert.Equal(new("Succeeded", "10%"), probe.Status);
        Assert.Equal(new(5), probe.Spec);
    }

    [Fact]
    public async Task A_field_of_another_manager_is_a_conflict_that_names_both_until_it_is_taken_by_force()
    {
        await _theirs.ApplyAsync(New(new(5)), Stop);
        var conflict = await Assert.ThrowsAsync<ApiException>(() => _ours.ApplyAsync(New(new(6)), Stop));
        Assert.True(conflict.IsConflict);
        Assert.False(conflict.IsTransient);
        Assert.Contains("\"theirs\"", conflict.Message, StringComparison.Ordinal);
        Assert.Contains(".spec.depth", conflict.Message, StringComparison.Ordinal);
        Assert.Equal(new(6), (await _ours.ApplyAsync(New(new(6)), Stop, force: true)).Spec);
    }

    [Fact]
    public async Task An_invalid_field_is_named()
    {
        var refusal = await Assert.ThrowsAsync<ApiException>(() => _ours.ApplyAsync(New(new(101, "Blue")), Stop));
        Assert.True(refusal.IsInvalid);
        Assert.False(refusal.IsTransient);
        Assert.StartsWith($"Cannot patch probes.tests.inheritune.dev a in namespace {_namespace}: 422 Invalid: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("spec.depth", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("spec.colour", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, 7)]
    [InlineData(503, 3)]
    [InlineData(500, 0)]
    public async Task A_server_that_is_busy_says_for_how_long(int code, int seconds)
    {
        _proxy.Next("patch", "probes", Fault.Answer(code, "Busy", seconds));
        var refusal = await Assert.ThrowsAsync<ApiException>(() => _ours.ApplyAsync(New(new(1)), Stop));
        Assert.True(refusal.IsTransient);
        Assert.Equal(((HttpStatusCode)code, TimeSpan.FromSeconds(seconds)), (refusal.Status, refusal.RetryAfter));
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_a_failure_that_may_pass()
    {
        _proxy.Next("patch", "probes", Fault.Reset());
        var failure = await Assert.ThrowsAsync<ApiException>(() => _ours.ApplyAsync(New(new(1)), Stop));
        Assert.True(failure.IsTransient);
        Assert.Null(failure.Status);
    }

    private Probe New(Probe.ProbeSpec? spec = null, Probe.ProbeStatus? status = null) =>
        new() { Metadata = new V1ObjectMeta { Name = "a", NamespaceProperty = _namespace }, Spec = spec, Status = status };
}
