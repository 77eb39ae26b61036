using System.Net;
using System.Text;
using Microsoft.Extensions.Hosting;
using Prometheus;

namespace Inheritune.Operator.Web;

/// <summary>
/// Answers the kubelet and Prometheus: /healthz, whether the process hears from the API server; /readyz, whether its stores are
/// filled, leader or not; /metrics.
/// </summary>
/// <param name="prefix">Where it listens, such as <c>http://*:8080/</c>.</param>
/// <param name="live">Null: alive; else what is wrong.</param>
/// <param name="ready">Null: ready; else what is missing.</param>
internal sealed class StatusServer(string prefix, Func<string?> live, Func<string?> ready) : BackgroundService
{
    private readonly HttpListener _listener = new() { Prefixes = { prefix } };

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _listener.Start();
        }
        catch (HttpListenerException e)
        {
            throw new InvalidOperationException($"Cannot listen on {prefix}: {e.Message}; choose another --metrics-address or --metrics-port", e);
        }

        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _listener.Close();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var context = await _listener.GetContextAsync().WaitAsync(stoppingToken);
            try
            {
                await AnswerAsync(context, stoppingToken);
            }
            catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
            {
                // The client has gone.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context, CancellationToken stop)
    {
        var answer = context.Response;
        using var body = new MemoryStream();
        switch (context.Request.Url?.AbsolutePath)
        {
            case "/metrics":
                answer.ContentType = PrometheusConstants.TextContentTypeWithVersionAndEncoding;
                await Metrics.DefaultRegistry.CollectAndExportAsTextAsync(body, stop);
                break;
            case "/healthz":
                Say(live());
                break;
            case "/readyz":
                Say(ready());
                break;
            default:
                (answer.StatusCode, answer.ContentType) = (404, "text/plain");
                break;
        }

        answer.ContentLength64 = body.Length;
        await answer.OutputStream.WriteAsync(body.ToArray(), stop);
        answer.Close();

        void Say(string? trouble)
        {
            (answer.StatusCode, answer.ContentType) = (trouble is null ? 200 : 503, "text/plain");
            body.Write(Encoding.UTF8.GetBytes(trouble ?? "ok"));
        }
    }
}
