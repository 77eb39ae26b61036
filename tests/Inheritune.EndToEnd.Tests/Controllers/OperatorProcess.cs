using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>The operator's program, as it runs in a cluster.</summary>
internal sealed class OperatorProcess : IDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;
    private bool _disposed;

    /// <param name="kubeconfig">Its access.</param>
    /// <param name="arguments">After run --kubeconfig and the metrics' address.</param>
    public OperatorProcess(string kubeconfig, params string[] arguments)
    {
        var port = FreePort();
        Address = new Uri($"http://127.0.0.1:{port}/");
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet",
            [
                Checkout.Program("operator/Inheritune.Operator", "inheritune-operator"), "run", "--kubeconfig", kubeconfig, "--metrics-address", "127.0.0.1", "--metrics-port", $"{port}", .. arguments,
            ])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            },
        };
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    public int Id => _process.Id;

    public string Log => string.Join('\n', _lines);

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var client = new HttpClient { BaseAddress = Address };
        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task ReadyAsync() => await Poll.UntilAsync(async () =>
    {
        Assert.False(_process.HasExited, Log);
        try
        {
            return (await GetAsync("readyz")).Status == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }, "readiness");

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGTERM. Returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Poll.Limit, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
