using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>The way out of a closed network: a forward proxy on loopback that opens tunnels and remembers where to.</summary>
internal sealed class ForwardProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _tunnels = new();

    public ForwardProxy()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Host and port of every tunnel.</summary>
    public IReadOnlyCollection<string> Tunnels => _tunnels;

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                var down = client.GetStream();
                var (head, next) = ("", new byte[1]);
                while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal) && await down.ReadAsync(next) > 0) head += (char)next[0];
                var place = head.Split(' ')[1];
                _tunnels.Enqueue(place);
                await server.ConnectAsync(IPEndPoint.Parse(place));
                await down.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 Connection established\r\n\r\n"));
                await Task.WhenAny(down.CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(down));
            }
            catch (Exception e) when (e is IOException or SocketException or FormatException or IndexOutOfRangeException)
            {
                // Not for a tunnel, or one side has gone.
            }
        }
    }
}
