using Inheritune.Operator.Runtime;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>The API server itself dies or hangs, and comes back.</summary>
[Collection(nameof(Alone))]
public sealed class OutageTests(ControlPlane plane) : IAsyncLifetime
{
    private ApiClient _client = null!;
    private ConfigMaps _maps = null!;

    public async ValueTask InitializeAsync()
    {
        _client = new ApiClient(plane.Administrator);
        _maps = new ConfigMaps(_client, await plane.CreateNamespaceAsync());
        await _maps.CreateAsync("a", "1");
    }

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        return default;
    }

    [Fact]
    public async Task After_a_crash_of_the_api_server_informer_and_leader_go_on()
    {
        await using var followed = new Followed(plane.Administrator, _maps);
        await followed.SeesAsync("a", "1");
        await using var candidate = new Candidate(plane.Administrator, null, new LeaderElectionOptions
        {
            Lease = _maps.Key("operator"),
            LeaseDuration = TimeSpan.FromSeconds(90),
            RenewDeadline = TimeSpan.FromSeconds(80),
            RetryPeriod = TimeSpan.FromSeconds(0.3),
        });
        await candidate.LeadsAsync();

        plane.Kill();
        await Poll.UntilAsync(() => followed.Log.Contains("Connection refused", StringComparison.Ordinal) && candidate.Log.Contains("Connection refused", StringComparison.Ordinal));
        plane.Revive();
        await _maps.ChangeAsync("a", "2");
        await _maps.CreateAsync("b", "1");
        await followed.SeesAsync("a", "2");
        await followed.SeesAsync("b", "1");
        await followed.ToldAsync("+a a=2 +b");
        Assert.True(Assert.Single(candidate.Terms).End is null, candidate.Log);
        Assert.True(await candidate.StopAsync());
    }

    [Fact]
    public async Task An_api_server_that_hangs_ends_terms_in_time_and_is_followed_again_once_it_goes_on()
    {
        await using var followed = new Followed(plane.Administrator, _maps, options => options with { Silence = TimeSpan.FromSeconds(1) });
        await followed.SeesAsync("a", "1");
        await using var candidate = new Candidate(plane.Administrator, null, new LeaderElectionOptions
        {
            Lease = _maps.Key("operator"),
            LeaseDuration = TimeSpan.FromSeconds(4),
            RenewDeadline = TimeSpan.FromSeconds(2),
            RetryPeriod = TimeSpan.FromSeconds(0.3),
        });
        await candidate.LeadsAsync();

        plane.Pause();
        try
        {
            Assert.False(await candidate.Ended.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
            await Poll.UntilAsync(() => followed.Log.Contains("silent for too long", StringComparison.Ordinal));
            Assert.True(followed.Informer.Silence > TimeSpan.FromSeconds(1));
        }
        finally
        {
            plane.Resume();
        }

        await _maps.ChangeAsync("a", "2");
        await followed.SeesAsync("a", "2");
    }
}
