using System.Diagnostics;
using Inheritune.Operator.Runtime;
using k8s;
using Microsoft.Extensions.Logging.Testing;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>One that wants to lead, and when it did. Its work ends when it is cancelled, unless it is stubborn.</summary>
internal sealed class Candidate : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly FakeLogger<LeaderElector> _logger = new();
    private readonly List<(long Begin, long? End)> _terms = [];
    private readonly ApiClient _client;
    private readonly ApiProxy? _proxy;
    private readonly bool _stubborn;

    /// <param name="again">Stands again after it has lost, as a process does that is started again.</param>
    public Candidate(KubernetesClientConfiguration access, ApiProxy? proxy, LeaderElectionOptions options, bool again = false, bool stubborn = false)
    {
        (_client, _proxy, _stubborn) = (new ApiClient(access), proxy, stubborn);
        Ended = RunAsync(options, again);
    }

    public ApiProxy Proxy => _proxy!;

    /// <summary>What the elector returned.</summary>
    public Task<bool> Ended { get; }

    public string Log => string.Join('\n', _logger.Collector.GetSnapshot().Select(record => record.Message));

    /// <summary>When it acted, by one clock for all candidates.</summary>
    public IReadOnlyList<(long Begin, long? End)> Terms
    {
        get
        {
            lock (_terms) return [.. _terms];
        }
    }

    public bool Leads => Terms is [.., { End: null }];

    public Task LeadsAsync() => Poll.UntilAsync(() => Leads, () => Log);

    public async Task<bool> StopAsync()
    {
        await _stop.CancelAsync();
        return await Ended;
    }

    public async ValueTask DisposeAsync()
    {
        _proxy?.Heal();
        await _stop.CancelAsync();
        await Ended.ContinueWith(_ => { }, TaskScheduler.Default);
        if (_proxy is not null) await _proxy.DisposeAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task<bool> RunAsync(LeaderElectionOptions options, bool again)
    {
        while (true)
        {
            var kept = await new LeaderElector(_client, options, TimeProvider.System, _logger).RunAsync(LeadAsync, _stop.Token);
            if (kept || !again) return kept;
        }
    }

    private async Task LeadAsync(CancellationToken term)
    {
        lock (_terms) _terms.Add((Stopwatch.GetTimestamp(), null));
        try
        {
            await Task.Delay(Timeout.Infinite, _stubborn ? _stop.Token : term);
        }
        finally
        {
            lock (_terms) _terms[^1] = _terms[^1] with { End = Stopwatch.GetTimestamp() };
        }
    }
}
