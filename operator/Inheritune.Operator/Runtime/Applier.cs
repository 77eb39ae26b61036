using k8s;
using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>Server-side apply under one field manager: the fields that it sends, and those only, are its own.</summary>
internal sealed class Applier(ApiClient client, string fieldManager)
{
    /// <summary>Creates the object or brings the given fields to the given values; fields that this manager sent before and sends no more go.</summary>
    /// <param name="force">Takes fields over from other managers instead of failing with a conflict.</param>
    /// <exception cref="ApiException">A conflict names the field and its manager; an invalid object the rule that it breaks.</exception>
    public Task<T> ApplyAsync<T>(T desired, CancellationToken stop, string? subresource = null, bool force = false)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var kind = ResourceKind.Of<T>();
        (desired.ApiVersion, desired.Kind) = (kind.ApiVersion, kind.Kind);
        // The server refuses to be told who manages what.
        desired.Metadata.ManagedFields = null;
        return client.PatchAsync<T>(NamespacedName.Of(desired), new V1Patch(desired, V1Patch.PatchType.ApplyPatch), stop, subresource,
            $"fieldManager={Uri.EscapeDataString(fieldManager)}&force={(force ? "true" : "false")}");
    }
}
