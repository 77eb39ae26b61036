using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>ConfigMaps of one namespace, which stand for the resources of a controller. A label tells them from those that Kubernetes makes itself.</summary>
internal sealed class ConfigMaps(ApiClient client, string ns)
{
    public const string Selector = "tests=yes";

    public string Namespace { get; } = ns;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public NamespacedName Key(string name) => new(Namespace, name);

    public Task<V1ConfigMap> CreateAsync(string name, string value = "", V1ConfigMap? owner = null) => client.CreateAsync(
        new V1ConfigMap
        {
            Metadata = new()
            {
                Name = name,
                NamespaceProperty = Namespace,
                Labels = new Dictionary<string, string> { ["tests"] = "yes" },
                OwnerReferences = owner is null ? null : [new() { ApiVersion = "v1", Kind = "ConfigMap", Name = owner.Name(), Uid = owner.Uid() }],
            },
            Data = Data(value),
        },
        Stop);

    public Task<V1ConfigMap> GetAsync(string name) => client.GetAsync<V1ConfigMap>(Key(name), Stop);

    public Task ChangeAsync(string name, string value) =>
        client.PatchAsync<V1ConfigMap>(Key(name), new V1Patch(new { data = Data(value) }, V1Patch.PatchType.MergePatch), Stop);

    public Task DeleteAsync(string name) => client.DeleteAsync<V1ConfigMap>(Key(name), Stop);

    public static string Value(V1ConfigMap map) => map.Data["value"];

    private static Dictionary<string, string> Data(string value) => new() { ["value"] = value };
}
