using System.Diagnostics;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>The program that people use, with the chart of this repository.</summary>
/// <param name="version">3 or 4.</param>
/// <param name="kubeconfig">Its access; null for a Helm that only renders.</param>
internal sealed class Helm(int version, string? kubeconfig = null)
{
    public const string Release = "inheritune";

    public static string Chart { get; } = Path.Combine(Checkout.Root, "charts/inheritune-operator");

    /// <summary>Both versions that are in use, for theories.</summary>
    public static TheoryData<int> Versions => [3, 4];

    public Task<string> InstallAsync(string chart, params string[] more) => RunAsync(["install", Release, chart, "--create-namespace", .. Unchecked(more)]);

    public Task<string> UpgradeAsync(string chart, params string[] more) => RunAsync(["upgrade", Release, chart, .. Unchecked(more)]);

    /// <summary>What it would install.</summary>
    public async Task<Manifest> RenderAsync(params string[] more) => Manifest.Parse(await RunAsync(["template", Release, Chart, .. more]));

    /// <summary>Runs it and returns what it prints; skips the test where there is no Helm.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await TryAsync(arguments);
        Assert.True(code == 0, $"helm {string.Join(' ', arguments)} ended with exit code {code}: {error}{output}");
        return output;
    }

    public async Task<(int Code, string Output, string Error)> TryAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(HostProgram.Installed("helm.sh", $"{version}"), ["--namespace", InstallationCluster.Namespace, .. arguments]);
        // Of a cluster or a configuration of the user it must know nothing.
        start.Environment["KUBECONFIG"] = kubeconfig ?? "/dev/null";
        foreach (var folder in new[] { "CACHE", "CONFIG", "DATA" })
            start.Environment[$"HELM_{folder}_HOME"] = Path.Combine(Environment.GetEnvironmentVariable("INHERITUNE_CACHE")!, "helm", folder);
        return await HostProgram.RunAsync(start);
    }

    /// <summary>
    /// The server of the tests is older than CEL: it does not know all fields of the CRD's schema and drops what it does not know, but
    /// for server-side apply, which Helm 4 would use and which refuses it.
    /// </summary>
    private string[] Unchecked(string[] more) =>
        version < 4 || more.Contains("crds.install=false") ? ["--disable-openapi-validation", .. more] : ["--disable-openapi-validation", "--server-side=false", .. more];
}
