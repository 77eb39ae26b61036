using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>A small HTTP server on loopback that counts what it is asked.</summary>
internal sealed class HttpAgent : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<HttpListenerContext, (HttpStatusCode Status, string Body)> _answer;
    private int _asked;

    public HttpAgent(Func<HttpListenerContext, (HttpStatusCode Status, string Body)> answer)
    {
        _answer = answer;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = new($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Address { get; }

    public int Asked => Volatile.Read(ref _asked);

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                Interlocked.Increment(ref _asked);
                var (status, body) = _answer(context);
                context.Response.StatusCode = (int)status;
                context.Response.Close(Encoding.UTF8.GetBytes(body), willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
