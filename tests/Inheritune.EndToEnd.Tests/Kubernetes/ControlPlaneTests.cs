using System.Text.Json;
using k8s;
using k8s.Autorest;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>The control plane is what the other tests take it for.</summary>
public sealed class ControlPlaneTests(ControlPlane plane)
{
    [Theory]
    [InlineData(12, "")]
    [InlineData(13, "not this one")]
    [InlineData(101, "should be less than or equal to 100")]
    public async Task The_group_of_the_operator_has_rules_of_a_current_kubernetes(int depth, string refusal)
    {
        const string Group = "inheritune.dev";
        await Probe.DefineAsync(plane, Group);
        using var client = new k8s.Kubernetes(plane.Administrator);
        var ns = await plane.CreateNamespaceAsync();
        var probe = new { apiVersion = $"{Group}/v1alpha1", kind = "Probe", metadata = new { name = "a" }, spec = new { depth } };
        Task<JsonElement> Create() => client.CustomObjects.CreateNamespacedCustomObjectAsync<JsonElement>(probe, Group, "v1alpha1", ns, "probes", cancellationToken: TestContext.Current.CancellationToken);

        if (refusal.Length == 0) await Create();
        else Assert.Contains(refusal, (await Assert.ThrowsAsync<HttpOperationException>(Create)).Response.Content, StringComparison.Ordinal);
    }
}
