using k8s;
using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>What happened to an object. Both sides are the store's own: not to be changed.</summary>
/// <param name="Before">Null when it is new.</param>
/// <param name="After">Null when it is gone.</param>
internal readonly record struct Change<T>(T? Before, T? After) where T : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The object as it is, or was last.</summary>
    public T Entity => After ?? Before!;

    public NamespacedName Key => NamespacedName.Of(Entity);
}
