using System.Net;
using System.Net.Sockets;

namespace Inheritune.Trainer.Status;

/// <summary>Which run's status is written, where, and how often.</summary>
/// <param name="Server">The API server.</param>
/// <param name="Namespace">Namespace of the run.</param>
/// <param name="Name">Name of the run.</param>
/// <param name="ServiceAccount">Folder with <c>token</c> and <c>ca.crt</c>.</param>
internal sealed record KubernetesOptions(Uri Server, string Namespace, string Name, string ServiceAccount)
{
    /// <summary>Between writes that tell only of further steps.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between any two writes.</summary>
    public TimeSpan Shortest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Limit of one request.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the end of the process waits for the last write.</summary>
    public TimeSpan LastWords { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>What the operator and Kubernetes tell a pod; null outside of one.</summary>
    public static KubernetesOptions? FromEnvironment()
    {
        static string? Of(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
        if (Of("INHERITUNE_RUN_NAME") is not { } run || Of("INHERITUNE_RUN_NAMESPACE") is not { } ns || Of("KUBERNETES_SERVICE_HOST") is not { } host) return null;
        var bracketed = IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{host}]" : host;
        return new(new Uri($"https://{bracketed}:{Of("KUBERNETES_SERVICE_PORT") ?? "443"}"), ns, run, Of("INHERITUNE_SERVICE_ACCOUNT") ?? "/var/run/secrets/kubernetes.io/serviceaccount");
    }
}
