using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Inheritune.EndToEnd.Tests.Storage;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>A TLS-terminating proxy before a real API server that passes everything on, but for what a test wants to go wrong.</summary>
internal sealed class ApiProxy : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate = TestCertificate.Create();
    private readonly ConcurrentQueue<SeenRequest> _requests = new();
    private readonly List<Fault> _faults = [];
    private readonly WebApplication _server;
    private readonly ApiForwarder _forwarder;
    private volatile TaskCompletionSource? _partition;

    private ApiProxy(KubernetesClientConfiguration target)
    {
        _forwarder = new ApiForwarder(target);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(_certificate);
        }));
        _server = builder.Build();
        _server.Run(HandleAsync);
    }

    /// <summary>Access through the proxy, as the administrator whose access it has itself.</summary>
    public KubernetesClientConfiguration Access => new()
    {
        Host = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(),
        SslCaCerts = [_certificate],
    };

    /// <summary>How many faults have been met.</summary>
    public int Met
    {
        get
        {
            lock (_faults) return _faults.Sum(fault => fault.Met);
        }
    }

    /// <summary>What has been asked, in order.</summary>
    public IReadOnlyList<SeenRequest> Requests => [.. _requests];

    public static async Task<ApiProxy> StartAsync(KubernetesClientConfiguration target)
    {
        var proxy = new ApiProxy(target);
        await proxy._server.StartAsync(TestContext.Current.CancellationToken);
        return proxy;
    }

    /// <summary>Lets something go wrong with the next requests of a kind. Of several faults that match, the first with times left is met.</summary>
    /// <param name="verb">As RBAC names it: get, list, watch, create, update, patch, delete.</param>
    public void Next(string verb, string plural, Fault.Handler what, int times = 1)
    {
        lock (_faults) _faults.Add(new Fault(verb, plural, what, times));
    }

    /// <summary>From now on nothing passes in either direction, and nobody is told; as when a switch fails.</summary>
    public void Cut() => _partition = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Everything passes again, also what waited.</summary>
    public void Heal() => Interlocked.Exchange(ref _partition, null)?.SetResult();

    public int Count(string verb, string plural) => _requests.Count(request => request.Verb == verb && request.Plural == plural);

    public async ValueTask DisposeAsync()
    {
        Heal();
        // A watch would hold an orderly stop up.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
        _forwarder.Dispose();
        _certificate.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var seen = SeenRequest.Of(context.Request, Stopwatch.GetTimestamp());
        _requests.Enqueue(seen);
        var gone = context.RequestAborted;
        try
        {
            await PassAsync(gone);
            if (Find(seen) is { } fault) await fault.What(context, tamper => _forwarder.ForwardAsync(context, tamper, () => PassAsync(gone)));
            else await _forwarder.ForwardAsync(context, null, () => PassAsync(gone));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            // One side has gone, which is what this is for.
            context.Abort();
        }
    }

    private Task PassAsync(CancellationToken gone) => _partition?.Task.WaitAsync(gone) ?? Task.CompletedTask;

    private Fault? Find(SeenRequest request)
    {
        lock (_faults)
        {
            var fault = _faults.Find(fault => fault.Met < fault.Times && fault.Verb == request.Verb && fault.Plural == request.Plural);
            if (fault is not null) fault.Met++;
            return fault;
        }
    }
}
