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
        var (code, output, error) = await TryAsync(input, arguments);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)} ended with exit code {code}: {error}");
        return output;
    }

    /// <summary>Applies manifests and returns what it prints, such as "configmap/x unchanged"; fails at the first warning.</summary>
    public async Task<string> ApplyAsync(string yaml)
    {
        var (code, output, error) = await TryAsync(yaml, "apply", "-f", "-");
        Assert.Equal((0, ""), (code, error));
        return output;
    }

    /// <summary>What applying would change; empty: nothing.</summary>
    public async Task<string> DiffAsync(string yaml)
    {
        // The client's comparison of live object, manifest and what was applied last: it also sees what the server would put right again.
        var changed = (await RunAsync(yaml, "apply", "--dry-run=server", "-f", "-")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains(" unchanged ", StringComparison.Ordinal));
        var (code, output, error) = await TryAsync(yaml, "diff", "-f", "-");
        Assert.True(code is 0 or 1, error);
        return string.Concat(changed) + output;
    }

    public Task<(int Code, string Output, string Error)> TryAsync(string input, params string[] arguments) => HostProgram.RunAsync(Command(arguments), input);

    /// <summary>Its command line, for what goes on for long.</summary>
    public ProcessStartInfo Command(params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", kubeconfig, "-n", ns, .. arguments]);
        // Its cache of what a server knows is by host and port, and would outlive the server.
        start.Environment["KUBECACHEDIR"] = Path.Combine(Environment.GetEnvironmentVariable("INHERITUNE_CACHE")!, "kubectl");
        return start;
    }
}
