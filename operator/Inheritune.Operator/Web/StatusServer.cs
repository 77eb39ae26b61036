using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting;
using Prometheus;

namespace Inheritune.Operator.Web;

/// <summary>
/// Answers the kubelet and Prometheus: /healthz, whether the process hears from the API server; /readyz, whether its stores are
/// filled, leader or not; /metrics. On a plain socket: HttpListener throws where a probe arrives while it starts, and Kestrel
/// would want another base image.
/// </summary>
/// <param name="address">Where it listens.</param>
/// <param name="live">Null: alive; else what is wrong.</param>
/// <param name="ready">Null: ready; else what is missing.</param>
internal sealed class StatusServer(IPEndPoint address, Func<string?> live, Func<string?> ready) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly TcpListener _listener = new(address);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6) _listener.Server.DualMode = true;
            _listener.Start();
        }
        catch (SocketException e)
        {
            throw new InvalidOperationException($"Cannot listen on {address}: {e.Message}; choose another --metrics-address or --metrics-port", e);
        }

        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _listener.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(stoppingToken);
            // A slow client must not keep a probe waiting.
            _ = ServeAsync(client, stoppingToken);
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken stop)
    {
        using var _ = client;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            var request = (await reader.ReadLineAsync(limit.Token))?.Split(' ');
            // What is sent and not read would reset the connection, and the answer with it.
            while (await reader.ReadLineAsync(limit.Token) is { Length: > 0 })
            {
            }

            if (request is not ["GET", var target, ..]) return;
            var (code, type, body) = await AnswerAsync(target.Split('?')[0], limit.Token);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {code}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"), limit.Token);
            await stream.WriteAsync(body, limit.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has gone, or sends nothing.
        }
    }

    private async Task<(string Code, string Type, byte[] Body)> AnswerAsync(string path, CancellationToken stop)
    {
        if (path == "/metrics")
        {
            using var text = new MemoryStream();
            await Metrics.DefaultRegistry.CollectAndExportAsTextAsync(text, stop);
            return ("200 OK", PrometheusConstants.TextContentTypeWithVersionAndEncoding, text.ToArray());
        }

        return path switch
        {
            "/healthz" => Say(live()),
            "/readyz" => Say(ready()),
            _ => ("404 Not Found", "text/plain", []),
        };

        static (string, string, byte[]) Say(string? trouble) => (trouble is null ? "200 OK" : "503 Service Unavailable", "text/plain", Encoding.UTF8.GetBytes(trouble ?? "ok"));
    }
}
