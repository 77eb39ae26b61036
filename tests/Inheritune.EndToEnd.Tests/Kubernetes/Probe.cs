using System.Text.Json;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>A custom resource of the tests, with a status and rules.</summary>
[KubernetesEntity(Group = Group, ApiVersion = "v1", Kind = "Probe", PluralName = "probes")]
public sealed class Probe : IKubernetesObject<V1ObjectMeta>
{
    public const string Group = "tests.inheritune.dev";

    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public ProbeSpec? Spec { get; set; }

    public ProbeStatus? Status { get; set; }

    public sealed record ProbeSpec(int? Depth = null, string? Colour = null);

    public sealed record ProbeStatus(string? State = null, string? Progress = null);

    /// <summary>Defines the resource in some group, and waits until it is served.</summary>
    internal static async Task DefineAsync(ControlPlane plane, string group = Group)
    {
        var stop = TestContext.Current.CancellationToken;
        using var client = new ApiClient(group == Group ? plane.Administrator : plane.Definitions);
        var definition = KubernetesJson.Deserialize<V1CustomResourceDefinition>(
            """
            {"metadata": {"name": "probes.GROUP"},
             "spec": {"group": "GROUP", "scope": "Namespaced", "names": {"kind": "Probe", "plural": "probes"}, "versions": [{
               "name": "VERSION", "served": true, "storage": true, "subresources": {"status": {}},
               "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                 "spec": {"type": "object",
                   "properties": {"depth": {"type": "integer", "maximum": 100}, "colour": {"type": "string", "enum": ["Red", "Green"]}},
                   "x-kubernetes-validations": [{"rule": "!has(self.depth) || self.depth != 13", "message": "not this one"}]},
                 "status": {"type": "object", "properties": {"state": {"type": "string"}, "progress": {"type": "string"}}}}}}}]}}
            """.Replace("GROUP", group, StringComparison.Ordinal).Replace("VERSION", group == Group ? "v1" : "v1alpha1", StringComparison.Ordinal));
        try
        {
            await client.CreateAsync(definition, stop);
            plane.OnLeaving(admin => admin.DeleteAsync<V1CustomResourceDefinition>(NamespacedName.Of(definition), CancellationToken.None));
        }
        catch (ApiException e) when (e.IsConflict)
        {
            // Another test was first.
        }

        using var kubernetes = new k8s.Kubernetes(plane.Administrator);
        await Poll.UntilAsync(
            async () =>
            {
                try
                {
                    await kubernetes.CustomObjects.ListClusterCustomObjectAsync<JsonElement>(group, definition.Spec.Versions[0].Name, "probes", cancellationToken: stop);
                    return true;
                }
                catch (k8s.Autorest.HttpOperationException)
                {
                    return false;
                }
            },
            () => $"probes.{group}");
    }
}
