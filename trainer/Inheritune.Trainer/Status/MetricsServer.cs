using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Prometheus;

namespace Inheritune.Trainer.Status;

/// <summary>
/// Answers Prometheus, whatever it asks for, with <see cref="TrainerMetrics"/>, and a kubelet that asks for <c>/healthz</c> with whether the
/// process gets on. On a plain socket: the library's own server stands on
/// HttpListener, which hears IPv4 alone and can bring the process down where a request arrives while it starts.
/// </summary>
internal sealed class MetricsServer : IDisposable
{
    private const string Port = "INHERITUNE_METRICS_PORT", Address = "INHERITUNE_METRICS_ADDRESS";

    private const int MaxRequestBytes = 16 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly TcpListener _listener;
    private readonly Pulse? _pulse;
    private readonly CancellationTokenSource _stop = new();

    private MetricsServer(TcpListener listener, Pulse? pulse)
    {
        (_listener, _pulse) = (listener, pulse);
        _ = AcceptAsync(_stop.Token);
    }

    /// <summary>
    /// Listens where <c>INHERITUNE_METRICS_PORT</c> says, 0 for any free port, on the address of <c>INHERITUNE_METRICS_ADDRESS</c>, by default
    /// on all. What stands against it is worth a warning and no more.
    /// </summary>
    /// <param name="status">Hears where it listens.</param>
    /// <param name="pulse">Knows whether the process gets on; null: it does.</param>
    /// <returns>Null where none is wanted, or none is possible.</returns>
    public static MetricsServer? Start(IRunStatus status, Pulse? pulse = null)
    {
        if (Environment.GetEnvironmentVariable(Port) is not { Length: > 0 } port) return null;
        var address = Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return Refuse($"{Port}: '{port}' is no port; give a number from 0 to 65535");
        if (Environment.GetEnvironmentVariable(Address) is { Length: > 0 } given && !IPAddress.TryParse(given, out address)) return Refuse($"{Address}: '{given}' is no IP address; write it like 0.0.0.0");
        try
        {
            var listener = new TcpListener(address, number);
            if (address.AddressFamily == AddressFamily.InterNetworkV6) listener.Server.DualMode = true;
            listener.Start();
            status.Info($"Metrics are at http://{listener.LocalEndpoint}/metrics");
            return new MetricsServer(listener, pulse);
        }
        catch (SocketException e)
        {
            return Refuse($"{Port}: cannot listen on {new IPEndPoint(address, number)}: {e.Message}; choose another");
        }

        MetricsServer? Refuse(string why)
        {
            status.Warn($"{why}; the run goes on without metrics");
            return null;
        }
    }

    public void Dispose()
    {
        // Not disposed: requests of the last moment still look at it.
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                // A slow client must not keep another one waiting.
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(stop).ConfigureAwait(false), stop);
            }
            catch (SocketException)
            {
                // The client has gone already, or there are too many open files.
                await Task.Delay(TimeSpan.FromSeconds(1), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken stop)
    {
        using var _ = client;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            var stream = client.GetStream();
            var (request, length) = (new byte[MaxRequestBytes], 0);
            // What is sent and not read would reset the connection, and the answer with it.
            while (length < request.Length && !request.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
            {
                if (await stream.ReadAsync(request.AsMemory(length), limit.Token).ConfigureAwait(false) is var read and > 0) length += read;
                else return;
            }

            using var text = new MemoryStream();
            var (answer, type) = ("200 OK", PrometheusConstants.TextContentTypeWithVersionAndEncoding);
            if (request.AsSpan(0, length).StartsWith("GET /healthz "u8))
            {
                var stall = _pulse?.Stall;
                (answer, type) = (stall is null ? answer : "503 Service Unavailable", "text/plain; charset=utf-8");
                text.Write(Encoding.UTF8.GetBytes($"{stall ?? "ok"}\n"));
            }
            else
            {
                await TrainerMetrics.Registry.CollectAndExportAsTextAsync(text, limit.Token).ConfigureAwait(false);
            }

            var head = $"HTTP/1.1 {answer}\r\nContent-Type: {type}\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), limit.Token).ConfigureAwait(false);
            await stream.WriteAsync(text.ToArray(), limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has gone, or sends nothing.
        }
    }
}
