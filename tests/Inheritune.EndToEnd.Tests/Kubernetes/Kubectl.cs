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
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", kubeconfig, "-n", ns, .. arguments]);
        // Its cache of what a server knows is by host and port, and would outlive the server.
        start.Environment["KUBECACHEDIR"] = Path.Combine(Environment.GetEnvironmentVariable("INHERITUNE_CACHE")!, "kubectl");
        var (code, output, error) = await Tool.RunAsync(start, input);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)} ended with exit code {code}: {error}");
        return output;
    }
}
