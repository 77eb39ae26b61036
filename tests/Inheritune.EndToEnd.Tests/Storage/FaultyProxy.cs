using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>A TCP proxy on loopback that counts what passes, and cuts, stalls or answers by itself as often as a test wants it.</summary>
internal sealed class FaultyProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _target;
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentQueue<string> _answers = new();
    private readonly ConcurrentQueue<(long After, bool Stall)> _faults = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _clients = new();
    private readonly StringBuilder _requests = new();
    private long _bytes;
    private string? _lose;
    private Action _before = () => { };
    private int _corrupt;

    public FaultyProxy(Uri target, X509Certificate2? certificate = null)
    {
        (_target, _certificate) = (target, certificate);
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Endpoint => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Lets the next request with this text pass, and closes all connections instead of answering, after something else.</summary>
    public void LoseNextAnswerTo(string text, Action before) => (_lose, _before) = (text, before);

    /// <summary>While true, connections are closed at once and those that are open break.</summary>
    public bool IsDown { get; set; }

    /// <summary>Bytes sent to clients, headers included.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Time that every 16 KiB to a client take on their connection.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>What clients sent.</summary>
    public string Requests
    {
        get
        {
            lock (_requests) return _requests.ToString();
        }
    }

    /// <summary>The ranges that clients asked for, such as <c>bytes=0-99</c>.</summary>
    public string[] Ranges => [.. Requests.Split("Range: ").Skip(1).Select(rest => rest[..rest.IndexOf('\r', StringComparison.Ordinal)])];

    /// <summary>Resets each of the next connections after so many bytes to the client.</summary>
    public void Cut(long after, int times = 1) => Plan(after, stall: false, times);

    /// <summary>Falls silent on each of the next connections after so many bytes to the client.</summary>
    public void Stall(long after, int times = 1) => Plan(after, stall: true, times);

    /// <summary>Forgets the faults that are planned and have met nobody yet.</summary>
    public void Forgive()
    {
        _faults.Clear();
        Volatile.Write(ref _corrupt, 0);
    }

    /// <summary>Flips a bit in each of the next chunks, whichever way they go.</summary>
    public void Corrupt(int times) => Interlocked.Add(ref _corrupt, times);

    /// <summary>Answers the next connections itself.</summary>
    public void Answer(string status, string body, string headers = "", int times = 1)
    {
        for (var i = 0; i < times; i++) _answers.Enqueue($"HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    public void Dispose()
    {
        // Not disposed: connections of the last moment still look at it.
        _end.Cancel();
        _listener.Stop();
    }

    private void Plan(long after, bool stall, int times)
    {
        for (var i = 0; i < times; i++) _faults.Enqueue((after, stall));
    }

    private async Task AcceptAsync()
    {
        var end = _end.Token;
        while (!end.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(end);
                _ = ServeAsync(client, end);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken end)
    {
        using var server = new TcpClient();
        try
        {
            if (IsDown) return;
            _clients[client] = true;
            client.NoDelay = server.NoDelay = true;
            Stream down = client.GetStream();
            if (_certificate is not null)
            {
                var secured = new SslStream(down);
                await secured.AuthenticateAsServerAsync(_certificate);
                down = secured;
            }

            if (_answers.TryDequeue(out var answer))
            {
                await down.ReadAtLeastAsync(new byte[1], 1, cancellationToken: end);
                await down.WriteAsync(Encoding.UTF8.GetBytes(answer), end);
                await down.FlushAsync(end);
                client.Client.Shutdown(SocketShutdown.Send);
                // A close with unread data would reset the connection and lose the answer.
                while (await down.ReadAsync(new byte[1 << 16], end) > 0) { }
                return;
            }

            await server.ConnectAsync(_target.Host, _target.Port, end);
            var up = server.GetStream();
            var isLost = new StrongBox<bool>();
            var sending = CopyAsync(down, up, chunk => isLost.Value |= Record(chunk), end);
            await ForwardAsync(up, down, client, isLost, end);
            server.Close();
            await sending;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // One side has gone, which is what this is for.
        }
        finally
        {
            _clients.TryRemove(client, out _);
            client.Dispose();
        }
    }

    private async Task ForwardAsync(Stream up, Stream down, TcpClient client, StrongBox<bool> isLost, CancellationToken end)
    {
        var buffer = new byte[1 << 14];
        var (sent, fault) = (0L, default((long After, bool Stall)?));
        for (int read; (read = await up.ReadAsync(buffer, end)) > 0; sent += read)
        {
            if (Delay > TimeSpan.Zero) await Task.Delay(Delay, end);
            if (sent == 0 && _faults.TryDequeue(out var planned)) fault = planned;
            if (isLost.Value)
            {
                _before();
                foreach (var open in _clients.Keys) open.Close();
                return;
            }

            if (IsDown) fault = (sent, false);
            if (sent + read > fault?.After)
            {
                await down.WriteAsync(buffer.AsMemory(0, (int)(fault.Value.After - sent)), end);
                if (fault.Value.Stall) await Task.Delay(Timeout.Infinite, end);
                client.LingerState = new LingerOption(true, 0);
                client.Client.Close();
                return;
            }

            Interlocked.Add(ref _bytes, read);
            Spoil(buffer.AsSpan(0, read));
            await down.WriteAsync(buffer.AsMemory(0, read), end);
        }
    }

    private void Spoil(Span<byte> chunk)
    {
        if (Volatile.Read(ref _corrupt) > 0 && Interlocked.Decrement(ref _corrupt) >= 0) chunk[chunk.Length / 2] ^= 4;
    }

    private async Task CopyAsync(Stream from, Stream to, Action<ReadOnlyMemory<byte>> see, CancellationToken end)
    {
        try
        {
            var buffer = new byte[1 << 16];
            for (int read; (read = await from.ReadAsync(buffer, end)) > 0;)
            {
                see(buffer.AsMemory(0, read));
                Spoil(buffer.AsSpan(0, read));
                await to.WriteAsync(buffer.AsMemory(0, read), end);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other direction ends the connection.
        }
    }

    /// <summary>Remembers what was sent; whether its answer is to be lost.</summary>
    private bool Record(ReadOnlyMemory<byte> chunk)
    {
        // Heads of requests are short; bodies of uploads need no keeping.
        if (chunk.Length >= 1 << 13) return false;
        var text = Encoding.Latin1.GetString(chunk.Span);
        lock (_requests)
        {
            _requests.Append(text);
            if (_lose is null || !text.Contains(_lose, StringComparison.Ordinal)) return false;
            _lose = null;
            return true;
        }
    }
}
