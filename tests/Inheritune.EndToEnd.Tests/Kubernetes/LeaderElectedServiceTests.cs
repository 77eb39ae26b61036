using Inheritune.Operator.Runtime;
using k8s.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>The process around a leader. Alone, because the exit code belongs to all.</summary>
[Collection(nameof(Alone))]
public sealed class LeaderElectedServiceTests(ControlPlane plane) : IAsyncLifetime
{
    private readonly int _exitCode = Environment.ExitCode;
    private ApiClient _client = null!;
    private ApiProxy _proxy = null!;
    private NamespacedName _lease;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Environment.ExitCode = 0;
        _client = new ApiClient(plane.Administrator);
        _proxy = await ApiProxy.StartAsync(plane.Administrator);
        _lease = new(await plane.CreateNamespaceAsync(), "operator");
    }

    public async ValueTask DisposeAsync()
    {
        Environment.ExitCode = _exitCode;
        _client?.Dispose();
        if (_proxy is not null) await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task A_process_that_is_asked_to_stop_ends_its_work_gives_the_lease_back_and_succeeds()
    {
        var work = new Work();
        using var host = Start(work);
        await work.Begun.Task.WaitAsync(Poll.Limit, Stop);
        Assert.Equal(1, Leader());
        await host.StopAsync(Stop);
        Assert.True(work.Ended);
        Assert.Equal("", (await _client.GetAsync<V1Lease>(_lease, Stop)).Spec.HolderIdentity);
        Assert.Equal((0, 0), (Environment.ExitCode, Leader()));
    }

    [Fact]
    public async Task A_process_that_has_lost_the_lead_ends_its_work_and_fails()
    {
        var work = new Work();
        using var host = Start(work);
        await work.Begun.Task.WaitAsync(Poll.Limit, Stop);
        _proxy.Cut();
        await host.WaitForShutdownAsync(Stop).WaitAsync(Poll.Limit, Stop);
        Assert.True(work.Ended);
        Assert.Equal((1, 0), (Environment.ExitCode, Leader()));
    }

    [Fact]
    public async Task A_controller_that_fails_takes_the_others_and_the_process_with_it()
    {
        var (bad, good) = (new Work(fails: true), new Work());
        using var host = Start(bad, good);
        await good.Begun.Task.WaitAsync(Poll.Limit, Stop);
        bad.Fail.SetResult();
        await host.WaitForShutdownAsync(Stop).WaitAsync(Poll.Limit, Stop);
        Assert.True(good.Ended);
        Assert.Equal("", (await _client.GetAsync<V1Lease>(_lease, Stop)).Spec.HolderIdentity);
        Assert.Equal(1, Environment.ExitCode);
    }

    [Fact]
    public async Task A_process_that_waits_to_lead_stops_and_succeeds()
    {
        _proxy.Next("get", "leases", Fault.Answer(500, "InternalError"), times: 1000);
        var work = new Work();
        using var host = Start(work);
        await Poll.UntilAsync(() => _proxy.Count("get", "leases") > 1);
        await host.StopAsync(Stop);
        Assert.False(work.Begun.Task.IsCompleted);
        Assert.Equal(0, Environment.ExitCode);
    }

    private IHost Start(params IController[] controllers)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new ApiClient(_proxy.Access));
        builder.Services.AddSingleton(new LeaderElectionOptions
        {
            Lease = _lease,
            LeaseDuration = TimeSpan.FromSeconds(4),
            RenewDeadline = TimeSpan.FromSeconds(2),
            RetryPeriod = TimeSpan.FromSeconds(0.3),
        });
        builder.Services.AddSingleton<LeaderElector>();
        foreach (var controller in controllers) builder.Services.AddSingleton(controller);
        builder.Services.AddHostedService<LeaderElectedService>();
        var host = builder.Build();
        host.Start();
        return host;
    }

    private double Leader() => RuntimeMetrics.Leader.WithLabels(_lease.Name).Value;

    /// <summary>Works until it is cancelled or, if it is one that fails, told to.</summary>
    private sealed class Work(bool fails = false) : IController
    {
        public TaskCompletionSource Begun { get; } = new();

        public TaskCompletionSource Fail { get; } = new();

        public bool Ended { get; private set; }

        public async Task RunAsync(CancellationToken stop)
        {
            Begun.SetResult();
            try
            {
                await Fail.Task.WaitAsync(stop);
                if (fails) throw new InvalidOperationException("a fault");
            }
            finally
            {
                Ended = true;
            }
        }
    }
}
