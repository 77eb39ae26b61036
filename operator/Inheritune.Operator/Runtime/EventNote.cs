using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>What a Kubernetes Event tells; equal ones are one Event that happened more than once.</summary>
/// <param name="Uid">Of the object that it is about.</param>
/// <param name="Type">Normal or Warning.</param>
/// <param name="Reason">CamelCase word, for machines.</param>
/// <param name="Action">What was done or tried.</param>
/// <param name="Note">A sentence for people.</param>
internal readonly record struct EventNote(ResourceKind Kind, NamespacedName Key, string Uid, string Type, string Reason, string Action, string Note)
{
    public V1ObjectReference Regarding => new() { ApiVersion = Kind.ApiVersion, Kind = Kind.Kind, NamespaceProperty = Key.Namespace, Name = Key.Name, Uid = Uid };

    /// <summary>Events of cluster-scoped objects go to the namespace default.</summary>
    public string Namespace => Key.Namespace.Length > 0 ? Key.Namespace : "default";
}
