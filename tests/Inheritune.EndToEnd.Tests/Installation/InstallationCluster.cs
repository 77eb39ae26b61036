using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>
/// A control plane of its own, since what is installed belongs to a whole cluster. Its one API server, of 1.20, takes the CRD too, and
/// gives it up as a cluster does: with all its runs. It drops the CEL rules of the CRD and does not know its schema; where a program
/// checks that before it sends anything, the test has to turn the check off.
/// </summary>
public sealed class InstallationCluster : IDisposable
{
    /// <summary>Where the operator is installed.</summary>
    public const string Namespace = "inheritune-system";

    public const string Definition = "inheritruns.inheritune.dev";

    private readonly Lazy<ApiClient> _client;

    public InstallationCluster() => _client = new(() => new ApiClient(Plane.Administrator));

    public ControlPlane Plane { get; } = new(given: null, new() { ["GROUP_VERSIONS"] = "" });

    /// <summary>An administrator's.</summary>
    internal ApiClient Client => _client.Value;

    internal Kubectl Kubectl => new(Plane.Kubeconfig, Namespace);

    /// <summary>The user as whom the operator works.</summary>
    public static string Operator => $"system:serviceaccount:{Namespace}:inheritune-operator";

    /// <summary>
    /// Does what the kubelet would do with the Deployment that is installed: starts the operator with its arguments, and with the rights of
    /// its account.
    /// </summary>
    /// <param name="runs">A namespace for runs.</param>
    internal async Task<OperatorCluster> StartOperatorAsync(string runs)
    {
        var spec = (await Client.GetAsync<V1Deployment>(new(Namespace, "inheritune-operator"), TestContext.Current.CancellationToken)).Spec.Template.Spec;
        var container = spec.Containers[0];
        Assert.Equal("run", container.Args[0]);
        var arguments = container.Args.Skip(1).Where(argument => !argument.StartsWith("--metrics-port=", StringComparison.Ordinal))
            .Select(argument => container.Env.Aggregate(argument, (text, variable) => text.Replace($"$({variable.Name})", variable.Value, StringComparison.Ordinal)));
        var kubeconfig = Path.Combine(Environment.GetEnvironmentVariable("INHERITUNE_CACHE")!, $"{Guid.NewGuid():n}.kubeconfig");
        await Plane.WriteKubeconfigAsync(kubeconfig, Namespace, spec.ServiceAccountName);
        var process = new OperatorProcess(kubeconfig, [.. arguments, "--lease-namespace", Namespace]);
        try
        {
            await process.ReadyAsync();
            return await OperatorCluster.JoinAsync(Plane, runs, process);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Whether the API server has an object.</summary>
    internal async Task<bool> HasAsync<T>(string name, string ns = "")
        where T : IKubernetesObject
    {
        try
        {
            await Client.GetAsync<T>(new(ns, name), TestContext.Current.CancellationToken);
            return true;
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    /// <summary>Removes what installations leave, so that the next begins on a new cluster.</summary>
    internal async Task ClearAsync()
    {
        if (!Plane.IsRunning) return;
        await Kubectl.RunAsync("", "delete", "--ignore-not-found", "deployments,replicasets", "--all");
        // Those that came to lie on a node have no kubelet there to end them.
        await Kubectl.RunAsync("", "delete", "--ignore-not-found", "--force", "pods", "--all");
        await Kubectl.RunAsync("", "delete", "--ignore-not-found", "clusterroles,clusterrolebindings", "-l", "app.kubernetes.io/name=inheritune-operator");
        await Kubectl.RunAsync("", "delete", "--ignore-not-found", $"crd/{Definition}", $"namespace/{Namespace}");
    }

    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
        Plane.Dispose();
    }
}
