using System.ComponentModel;
using System.Diagnostics;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>The program that people use.</summary>
/// <param name="kubeconfig">Its access.</param>
/// <param name="ns">Its namespace.</param>
internal sealed class Kubectl(string kubeconfig, string ns)
{
    /// <summary>Runs it and returns what it prints; skips the test where there is no kubectl.</summary>
    /// <param name="input">Standard input.</param>
    public async Task<string> RunAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", kubeconfig, "-n", ns, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // Its cache of what a server knows is by host and port, and would outlive the server.
        start.Environment["KUBECACHEDIR"] = Path.Combine(Environment.GetEnvironmentVariable("INHERITUNE_CACHE")!, "kubectl");
        using var process = Start(start);
        var stop = TestContext.Current.CancellationToken;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(stop), process.StandardError.ReadToEndAsync(stop));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(stop);
        Assert.True(process.ExitCode == 0, $"kubectl {string.Join(' ', arguments)} ended with exit code {process.ExitCode}: {await error}");
        return await output;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no kubectl on this machine");
            throw;
        }
    }
}
