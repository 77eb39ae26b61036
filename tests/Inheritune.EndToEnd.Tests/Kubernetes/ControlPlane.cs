using System.Collections.Concurrent;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

[assembly: AssemblyFixture(typeof(Inheritune.EndToEnd.Tests.Kubernetes.ControlPlane))]

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>
/// A real API server: the one of the kubeconfig that <c>INHERITUNE_TEST_KUBECONFIG</c> names, else a control plane that
/// <c>tests/infra/kubernetes.sh</c> starts when a test first asks for one.
/// </summary>
public sealed class ControlPlane : IDisposable
{
    private const string Script = "kubernetes.sh";

    private readonly string? _given;
    private readonly Dictionary<string, string> _environment;
    private readonly Lazy<(string Admin, string Definitions)> _kubeconfigs;
    private readonly ConcurrentQueue<Func<ApiClient, Task>> _leaving = new();
    private DirectoryInfo? _folder;
    private string? _missing;

    public ControlPlane()
        : this(Environment.GetEnvironmentVariable("INHERITUNE_TEST_KUBECONFIG"), [])
    {
    }

    /// <param name="given">Kubeconfig of the administrator of a cluster that runs already; null or empty to start one.</param>
    /// <param name="environment">Of the script that starts it.</param>
    internal ControlPlane(string? given, Dictionary<string, string> environment) => (_given, _environment, _kubeconfigs) = (given, environment, new(Start));

    /// <summary>An administrator's access; skips the test where there is no API server.</summary>
    public KubernetesClientConfiguration Administrator => KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfigs.Admin);

    /// <summary>Access to CustomResourceDefinitions of inheritune.dev, whose server may be another one.</summary>
    public KubernetesClientConfiguration Definitions
    {
        get
        {
            Assert.SkipWhen(Kubeconfigs.Definitions.Length == 0, "The CRD server of Kubernetes 1.36 could not be built; see tests/infra/kubernetes.sh install");
            return KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfigs.Definitions);
        }
    }

    /// <summary>Whether a test has asked for it and got it.</summary>
    internal bool IsRunning => _kubeconfigs.IsValueCreated && _missing is null;

    /// <summary>The file that <see cref="Administrator"/> comes from, for kubectl.</summary>
    public string Kubeconfig => Kubeconfigs.Admin;

    private (string Admin, string Definitions) Kubeconfigs
    {
        get
        {
            var found = _kubeconfigs.Value;
            Assert.SkipWhen(_missing is not null, _missing ?? "");
            return found;
        }
    }

    /// <summary>Where its files are, for the node that is to join it; skips the test where there is no API server, or it belongs to someone else.</summary>
    internal string Folder
    {
        get
        {
            _ = Kubeconfigs;
            Assert.SkipWhen(_folder is null, "The API server belongs to someone else, and a node would join it.");
            return _folder.FullName;
        }
    }

    /// <summary>Makes a namespace that no other test uses.</summary>
    public async Task<string> CreateNamespaceAsync()
    {
        var name = $"inheritune-tests-{Guid.NewGuid():n}"[..40];
        using var client = new ApiClient(Administrator);
        await client.CreateAsync(new V1Namespace { Metadata = new() { Name = name } }, TestContext.Current.CancellationToken);
        OnLeaving(admin => admin.DeleteAsync<V1Namespace>(new("", name), CancellationToken.None));
        return name;
    }

    /// <summary>A cluster that belongs to someone is left as it was found.</summary>
    internal void OnLeaving(Func<ApiClient, Task> remove) => _leaving.Enqueue(remove);

    /// <summary>Access as a new ServiceAccount that may do nothing.</summary>
    public async Task<(KubernetesClientConfiguration Access, string User)> CreateServiceAccountAsync(string ns)
    {
        using var client = new ApiClient(Administrator);
        await client.CreateAsync(new V1ServiceAccount { Metadata = new() { Name = "nobody", NamespaceProperty = ns } }, TestContext.Current.CancellationToken);
        return (await AccessAsync(ns, "nobody"), $"system:serviceaccount:{ns}:nobody");
    }

    /// <summary>Access as a ServiceAccount that is there.</summary>
    internal async Task<KubernetesClientConfiguration> AccessAsync(string ns, string account)
    {
        var admin = Administrator;
        using var client = new ApiClient(admin);
        var token = await client.CoreV1.CreateNamespacedServiceAccountTokenAsync(new Authenticationv1TokenRequest { Spec = new() { Audiences = [] } }, account, ns, cancellationToken: TestContext.Current.CancellationToken);
        return new KubernetesClientConfiguration { Host = admin.Host, SslCaCerts = admin.SslCaCerts, AccessToken = token.Status.Token };
    }

    /// <summary>Writes that access to a file.</summary>
    internal async Task WriteKubeconfigAsync(string file, string ns, string account)
    {
        var access = await AccessAsync(ns, account);
        var authorities = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(string.Join('\n', access.SslCaCerts.Select(certificate => certificate.ExportCertificatePem()))));
        await File.WriteAllTextAsync(file, $$$"""
            apiVersion: v1
            kind: Config
            clusters: [{name: tests, cluster: {server: "{{{access.Host}}}", certificate-authority-data: {{{authorities}}}}}]
            users: [{name: account, user: {token: {{{access.AccessToken}}}}}]
            contexts: [{name: tests, context: {cluster: tests, user: account}}]
            current-context: tests
            """, TestContext.Current.CancellationToken);
    }

    /// <summary>Kills the API server with no warning; <see cref="Revive"/> starts it again.</summary>
    public void Kill() => Own("kill-apiserver");

    public void Revive() => Own("start");

    /// <summary>The API server accepts connections and says nothing until it is resumed.</summary>
    public void Pause() => Own("pause-apiserver");

    public void Resume() => Own("resume-apiserver");

    /// <summary>Nobody makes pods of Jobs any more, nor binds them to nodes, until <see cref="ResumeControllers"/>.</summary>
    public void PauseControllers() => Own("pause-controllers");

    public void ResumeControllers() => Own("resume-controllers");

    public void Dispose()
    {
        if (!IsRunning) return;
        if (_folder is not null)
        {
            InfrastructureScript.Run(Script, "stop", _folder.FullName);
            if (_folder.Exists) _folder.Delete(recursive: true);
            return;
        }

        using var client = new ApiClient(Administrator);
        foreach (var remove in _leaving) remove(client).GetAwaiter().GetResult();
    }

    private (string, string) Start()
    {
        if (_given is { Length: > 0 }) return (_given, _given);
        _folder = Directory.CreateTempSubdirectory("inheritune-kubernetes-");
        var (code, output, error) = InfrastructureScript.Run(Script, _environment, "start", _folder.FullName);
        if (code == InfrastructureScript.NotAvailable)
        {
            _missing = error.Trim();
            return ("", "");
        }

        Assert.True(code == 0, $"{Script} ended with exit code {code}:\n{error}");
        var values = InfrastructureScript.Values(output);
        return (values["KUBERNETES_ADMIN_KUBECONFIG"], values["KUBERNETES_CRD_KUBECONFIG"]);
    }

    private void Own(string command)
    {
        _ = Kubeconfigs;
        Assert.SkipWhen(_folder is null, "The API server belongs to someone else, and the test would stop it.");
        var (code, _, error) = InfrastructureScript.Run(Script, _environment, command, _folder.FullName);
        Assert.True(code == 0, $"{Script} {command} ended with exit code {code}:\n{error}");
    }
}
