using k8s;
using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>The key of an object among those of its kind. The namespace of a cluster-scoped object is empty.</summary>
internal readonly record struct NamespacedName(string Namespace, string Name)
{
    public static NamespacedName Of(IMetadata<V1ObjectMeta> entity) => new(entity.Metadata.NamespaceProperty ?? "", entity.Metadata.Name);

    public override string ToString() => Namespace.Length > 0 ? $"{Namespace}/{Name}" : Name;
}
