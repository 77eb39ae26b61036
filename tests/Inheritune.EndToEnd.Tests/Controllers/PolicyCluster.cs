using Inheritune.EndToEnd.Tests.Kubernetes;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>A control plane that knows ValidatingAdmissionPolicies: the given one where there is one, else one of its own.</summary>
public sealed class PolicyCluster : IDisposable
{
    public PolicyCluster() => Apis = new(Plane);

    public ControlPlane Plane { get; } =
        new(Environment.GetEnvironmentVariable("INHERITUNE_TEST_KUBECONFIG"), new() { ["POLICIES"] = "1" });

    public RunApis Apis { get; }

    public void Dispose()
    {
        Apis.Dispose();
        Plane.Dispose();
    }
}
