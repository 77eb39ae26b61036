using System.Diagnostics;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Leader election by a Lease of a real API server. Alone, because it is about seconds.</summary>
[Collection(nameof(Alone))]
public sealed class LeaderElectorTests(ControlPlane plane) : IAsyncLifetime
{
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan RenewDeadline = TimeSpan.FromSeconds(2.5);

    private readonly List<IAsyncDisposable> _open = [];
    private ApiClient _client = null!;
    private NamespacedName _lease;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _client = new ApiClient(plane.Administrator);
        _lease = new(await plane.CreateNamespaceAsync(), "operator");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var candidate in Enumerable.Reverse(_open)) await candidate.DisposeAsync();
        _client?.Dispose();
    }

    [Theory]
    [InlineData("no lease")]
    [InlineData("absent")]
    [InlineData("empty")]
    [InlineData("no spec")]
    public async Task A_lease_that_nobody_holds_is_taken_at_once(string holder)
    {
        if (holder != "no lease")
        {
            await _client.CreateAsync(
                new V1Lease
                {
                    Metadata = new() { Name = _lease.Name, NamespaceProperty = _lease.Namespace },
                    Spec = holder == "no spec" ? null : new() { HolderIdentity = holder == "empty" ? "" : null, LeaseDurationSeconds = 3600, RenewTime = DateTime.UtcNow },
                },
                Stop);
        }

        var began = Stopwatch.GetTimestamp();
        var a = await RunAsync("a");
        await a.LeadsAsync();
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(3));
        var lease = await LeaseAsync();
        Assert.Equal(("a", 4), (lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds));
    }

    [Fact]
    public async Task The_lease_of_one_who_died_is_taken_just_before_it_has_not_changed_for_as_long_as_it_says()
    {
        await _client.CreateAsync(
            new V1Lease
            {
                Metadata = new() { Name = _lease.Name, NamespaceProperty = _lease.Namespace },
                // Its clock is an hour ahead, which is nobody's business.
                Spec = new() { HolderIdentity = "dead", LeaseDurationSeconds = 3, RenewTime = DateTime.UtcNow.AddHours(1), LeaseTransitions = 7 },
            },
            Stop);
        var began = Stopwatch.GetTimestamp();
        var a = await RunAsync("a");
        await a.LeadsAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 2.6, 5);
        Assert.Equal(8, (await LeaseAsync()).Spec.LeaseTransitions);
    }

    [Fact]
    public async Task A_watch_that_ends_early_does_not_keep_a_candidate_waiting_beyond_the_lease()
    {
        await _client.CreateAsync(
            new V1Lease { Metadata = new() { Name = _lease.Name, NamespaceProperty = _lease.Namespace }, Spec = new() { HolderIdentity = "dead", LeaseDurationSeconds = 3 } },
            Stop);
        var proxy = await ApiProxy.StartAsync(plane.Administrator);
        proxy.Next("watch", "leases", Fault.Reset(), times: 100);
        var began = Stopwatch.GetTimestamp();
        var a = new Candidate(proxy.Access, proxy, Options("a") with { RetryPeriod = TimeSpan.FromSeconds(20) });
        _open.Add(a);
        await a.LeadsAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 2.6, 10);
        Assert.NotEqual(0, proxy.Met);
    }

    [Fact]
    public async Task A_leader_that_stops_gives_the_lease_back_and_another_leads_at_once()
    {
        var a = await RunAsync("a");
        await a.LeadsAsync();
        var b = await RunAsync("b");
        await Task.Delay(LeaseDuration, Stop);
        Assert.Empty(b.Terms);

        var began = Stopwatch.GetTimestamp();
        Assert.True(await a.StopAsync());
        await b.LeadsAsync();
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(3));
        Apart(a, b);
    }

    [Fact]
    public async Task Resets_and_errors_during_renewal_do_not_end_a_term()
    {
        var a = await RunAsync("a");
        await a.LeadsAsync();
        // Between any two series a renewal succeeds.
        a.Proxy.Next("update", "leases", Fault.Reset(), times: 2);
        a.Proxy.Next("get", "leases", Fault.Reset());
        await MetAsync(a, 3);
        await RenewedAsync();
        a.Proxy.Next("update", "leases", Fault.Answer(500, "InternalError"));
        a.Proxy.Next("get", "leases", Fault.Answer(429, "TooManyRequests", retryAfter: 1));
        await MetAsync(a, 5);
        await RenewedAsync();
        a.Proxy.Next("update", "leases", Fault.Answer(409, "Conflict"));
        await MetAsync(a, 6);
        await Task.Delay(RenewDeadline, Stop);
        Assert.True(Assert.Single(a.Terms).End is null, a.Log);
        Assert.Equal(0, (await LeaseAsync()).Spec.LeaseTransitions);
    }

    [Fact]
    public async Task A_renewal_whose_answer_is_lost_is_still_a_renewal()
    {
        var a = await RunAsync("a");
        await a.LeadsAsync();
        a.Proxy.Next("update", "leases", Fault.LoseAnswer(), times: 2);
        await MetAsync(a, 2);
        await Task.Delay(RenewDeadline, Stop);
        Assert.True(Assert.Single(a.Terms).End is null, a.Log);
    }

    [Fact]
    public async Task A_request_that_hangs_leaves_time_for_another()
    {
        var a = await RunAsync("a");
        await a.LeadsAsync();
        a.Proxy.Next("update", "leases", Fault.Hang());
        await MetAsync(a, 1);
        await Task.Delay(RenewDeadline * 2, Stop);
        Assert.True(Assert.Single(a.Terms).End is null, a.Log);
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_ends_its_term_before_another_begins_one()
    {
        var a = await RunAsync("a");
        await a.LeadsAsync();
        var b = await RunAsync("b");
        await Task.Delay(TimeSpan.FromSeconds(1), Stop);

        var began = Stopwatch.GetTimestamp();
        a.Proxy.Cut();
        await b.LeadsAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, LeaseDuration.TotalSeconds - 1, LeaseDuration.TotalSeconds + 3);
        Assert.False(await a.Ended.WaitAsync(Poll.Limit, Stop));
        a.Proxy.Heal();
        Apart(a, b);
        Assert.Equal("b", (await LeaseAsync()).Spec.HolderIdentity);
    }

    [Fact]
    public async Task Among_many_candidates_with_bad_connections_there_is_never_more_than_one_leader()
    {
        var candidates = new List<Candidate>();
        for (var i = 0; i < 4; i++) candidates.Add(await RunAsync($"c{i}", again: true));
        for (var round = 0; round < 4; round++)
        {
            await Poll.UntilAsync(() => candidates.Any(c => c.Leads));
            var leader = candidates.First(c => c.Leads);
            leader.Proxy.Next("update", "leases", Fault.LoseAnswer());
            await Task.Delay(TimeSpan.FromSeconds(0.5), Stop);
            leader.Proxy.Cut();
            await Poll.UntilAsync(() => candidates.Any(c => c != leader && c.Leads), () => string.Join('\n', candidates.Select(c => c.Log)));
            leader.Proxy.Heal();
        }

        Assert.True(candidates.Sum(c => c.Terms.Count) >= 5);
        Apart([.. candidates]);
    }

    [Fact]
    public async Task Who_sees_another_holder_stops_at_once()
    {
        var a = await RunAsync("a");
        await a.LeadsAsync();
        await _client.PatchAsync<V1Lease>(_lease, new V1Patch(new { spec = new { holderIdentity = "thief" } }, V1Patch.PatchType.MergePatch), Stop);
        Assert.False(await a.Ended.WaitAsync(TimeSpan.FromSeconds(2), Stop));
        Assert.Contains("Lost Lease", a.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_deleted_by_someone_does_not_let_a_second_one_lead()
    {
        var a = await RunAsync("a");
        await a.LeadsAsync();
        var b = await RunAsync("b");
        await Task.Delay(TimeSpan.FromSeconds(1.5), Stop);
        await _client.DeleteAsync<V1Lease>(_lease, Stop);
        await Task.Delay(LeaseDuration, Stop);
        Assert.True(a.Leads, a.Log);
        Assert.Empty(b.Terms);
    }

    [Fact]
    public async Task A_renewal_that_takes_its_time_counts_from_when_it_was_asked_for()
    {
        var a = await RunAsync("a");
        await a.LeadsAsync();
        // Each renewal is answered just within the request's limit; then nothing is.
        a.Proxy.Next("update", "leases", Fault.Delay(TimeSpan.FromSeconds(1)));
        a.Proxy.Next("update", "leases", Fault.Hang(), times: 100);
        a.Proxy.Next("get", "leases", Fault.Hang(), times: 100);
        Assert.False(await a.Ended.WaitAsync(Poll.Limit, Stop));
        var slow = a.Proxy.Requests.Last(request => request.Verb == "update" && a.Proxy.Requests.Count(later => later.Verb == "update" && later.Time > request.Time) == 1);
        Assert.InRange(Stopwatch.GetElapsedTime(slow.Time, Assert.Single(a.Terms).End!.Value).TotalSeconds, RenewDeadline.TotalSeconds - 0.1, RenewDeadline.TotalSeconds + 0.5);
    }

    [Fact]
    public async Task Work_that_does_not_stop_is_reported_when_the_next_may_begin()
    {
        var a = await RunAsync("a", stubborn: true);
        await a.LeadsAsync();
        a.Proxy.Cut();
        Assert.False(await a.Ended.WaitAsync(Poll.Limit, Stop));
        Assert.Contains("Work went on after leadership was lost", a.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_read_leases_is_told_what_to_do_and_goes_on_trying()
    {
        var (access, user) = await plane.CreateServiceAccountAsync(_lease.Namespace);
        var a = new Candidate(access, null, Options("a"));
        _open.Add(a);
        await Poll.UntilAsync(() => a.Log.Contains($"""User "{user}" cannot get resource "leases" """.TrimEnd(), StringComparison.Ordinal));
        Assert.Contains($"kubectl auth can-i get leases.coordination.k8s.io -n {_lease.Namespace} --as USER", a.Log, StringComparison.Ordinal);
        await Roles.GrantAsync(_client, _lease.Namespace, "coordination.k8s.io", "leases", "get", "create", "update");
        await a.LeadsAsync();
    }

    private LeaderElectionOptions Options(string identity) => new()
    {
        Lease = _lease,
        Identity = identity,
        LeaseDuration = LeaseDuration,
        RenewDeadline = RenewDeadline,
        RetryPeriod = TimeSpan.FromSeconds(0.4),
    };

    private async Task<Candidate> RunAsync(string identity, bool again = false, bool stubborn = false)
    {
        var proxy = await ApiProxy.StartAsync(plane.Administrator);
        var candidate = new Candidate(proxy.Access, proxy, Options(identity), again, stubborn);
        _open.Add(candidate);
        return candidate;
    }

    private Task<V1Lease> LeaseAsync() => _client.GetAsync<V1Lease>(_lease, Stop);

    private async Task RenewedAsync()
    {
        var before = (await LeaseAsync()).Spec.RenewTime;
        await Poll.UntilAsync(async () => (await LeaseAsync()).Spec.RenewTime > before);
    }

    /// <summary>Waits until so many faults have been met in all.</summary>
    private static Task MetAsync(Candidate candidate, int faults) => Poll.UntilAsync(() => candidate.Proxy.Met == faults, () => candidate.Log);

    /// <summary>No two terms overlap, whoever had them.</summary>
    private static void Apart(params Candidate[] candidates)
    {
        var terms = candidates.SelectMany(c => c.Terms).OrderBy(term => term.Begin).ToArray();
        foreach (var (earlier, later) in terms.Zip(terms.Skip(1)))
            Assert.True(earlier.End < later.Begin, $"a term ended {Stopwatch.GetElapsedTime(later.Begin, earlier.End ?? long.MaxValue)} after the next began");
    }
}
