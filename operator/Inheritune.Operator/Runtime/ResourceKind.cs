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
    public string Path(string? ns, string? name = null, string? subresource = null) =>
        (Group.Length > 0 ? $"apis/{ApiVersion}" : $"api/{Version}") + Segment("namespaces", ns) + Segment(Plural, name ?? "") + Segment(subresource ?? "", subresource is null ? null : "");

    private static string Segment(string kind, string? name) => name switch
    {
        null => "",
        "" => $"/{kind}",
        _ => $"/{kind}/{Uri.EscapeDataString(name)}",
    };
}
