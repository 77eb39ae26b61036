using k8s;
using Microsoft.AspNetCore.Http;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Passes requests on to an API server, and its answers back; those of a watch line by line.</summary>
internal sealed class ApiForwarder : IDisposable
{
    private readonly k8s.Kubernetes _target;

    public ApiForwarder(KubernetesClientConfiguration target)
    {
        target.DisableHttp2 = true;
        _target = new k8s.Kubernetes(target);
    }

    /// <param name="tamper">What happens to the lines of a watch.</param>
    /// <param name="pass">Waits until something may pass to the client.</param>
    public async Task ForwardAsync(HttpContext context, Fault.Tamperer? tamper, Func<Task> pass)
    {
        var gone = context.RequestAborted;
        using var request = await CopyAsync(context.Request, gone);
        using var answer = await _target.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, gone);
        await pass();
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        var watch = context.Request.Query["watch"] == "true" && answer.IsSuccessStatusCode;
        if (!watch)
        {
            await context.Response.Body.WriteAsync(await answer.Content.ReadAsByteArrayAsync(gone), gone);
            return;
        }

        await context.Response.Body.FlushAsync(gone);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(gone));
        while (await reader.ReadLineAsync(gone) is { } line)
        {
            foreach (var told in tamper?.Invoke(line) ?? [line])
            {
                await pass();
                await context.Response.WriteAsync(told + "\n", gone);
            }
        }
    }

    public void Dispose() => _target.Dispose();

    private async Task<HttpRequestMessage> CopyAsync(HttpRequest from, CancellationToken gone)
    {
        var request = new HttpRequestMessage(new HttpMethod(from.Method), new Uri(_target.BaseUri, from.Path.Value!.TrimStart('/') + from.QueryString.Value));
        if (from.ContentLength > 0 || from.Headers.TransferEncoding.Count > 0)
        {
            var body = new MemoryStream();
            await from.Body.CopyToAsync(body, gone);
            body.Position = 0;
            request.Content = new StreamContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", from.ContentType);
        }

        if (_target.Credentials is { } credentials) await credentials.ProcessHttpRequestAsync(request, gone);
        return request;
    }
}
