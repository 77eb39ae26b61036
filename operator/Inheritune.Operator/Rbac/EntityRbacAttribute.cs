namespace Inheritune.Operator.Rbac;

/// <summary>
/// What the class that carries it does with a kind of object. The operator's roles are the sum of all these attributes in the
/// assembly. The name is KubeOps'.
/// </summary>
/// <param name="entity">A type with a <see cref="k8s.Models.KubernetesEntityAttribute"/>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class EntityRbacAttribute(Type entity) : Attribute
{
    public Type Entity { get; } = entity;

    public required RbacVerb Verbs { get; init; }

    /// <summary>Part of the object to which the verbs are restricted, such as <c>status</c>.</summary>
    public string? Subresource { get; init; }

    /// <summary>Whether this concerns objects in the operator's own namespace only.</summary>
    public bool OwnNamespace { get; init; }
}
