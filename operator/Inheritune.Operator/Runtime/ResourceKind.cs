using System.Reflection;
using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>What the API server calls a type of object, as its <see cref="KubernetesEntityAttribute"/> says.</summary>
/// <param name="Group">API group; empty for the core group.</param>
internal sealed record ResourceKind(string Group, string Version, string Kind, string Plural)
{
    public string ApiVersion => Group.Length > 0 ? $"{Group}/{Version}" : Version;

    /// <summary>Name of the resource as kubectl takes it.</summary>
    public string FullName => Group.Length > 0 ? $"{Plural}.{Group}" : Plural;

    public static ResourceKind Of<T>() =>
        typeof(T).GetCustomAttribute<KubernetesEntityAttribute>() is { } entity
            ? new(entity.Group, entity.ApiVersion, entity.Kind, entity.PluralName)
            : throw new InvalidOperationException($"{typeof(T)} has no [KubernetesEntity].");

    /// <summary>The path of all objects, of a namespace's, or of one of them, without a leading slash.</summary>
    public string Path(string? ns, string? name = null, string? subresource = null)
    {
        var path = Group.Length > 0 ? $"apis/{ApiVersion}" : $"api/{Version}";
        if (ns is not null) path += $"/namespaces/{ns}";
        path += $"/{Plural}";
        if (name is not null) path += $"/{Uri.EscapeDataString(name)}";
        return subresource is null ? path : $"{path}/{subresource}";
    }
}
