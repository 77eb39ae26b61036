using System.Reflection;

namespace Inheritune.Api;

/// <summary>The fields of the resource as reflection sees them.</summary>
public static class ResourceSchema
{
    /// <summary>The fields of an object, in the order of their declaration.</summary>
    public static PropertyInfo[] Fields(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
    }

    public static string[] Names(Type type) => [.. Fields(type).Select(InheritRunValidator.FieldName)];

    public static PropertyInfo? Find(Type type, string name) =>
        Array.Find(Fields(type), property => InheritRunValidator.FieldName(property) == name);

    /// <summary>The fields that have a value, with their names in YAML.</summary>
    public static IEnumerable<(string Name, object Value)> Values(object node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return from property in Fields(node.GetType())
               let value = property.GetValue(node)
               where value is not null
               select (InheritRunValidator.FieldName(property), value);
    }

    /// <summary>Whether it is one of the resource's own classes. Arrays of its types, and what the compiler makes of [a, b], are in its assembly, too.</summary>
    public static bool IsObject(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.Assembly == typeof(InheritRun).Assembly && !type.IsEnum && !type.IsAssignableTo(typeof(System.Collections.IEnumerable));
    }

    public static bool IsMap(Type type) => type == typeof(IReadOnlyDictionary<string, string>);

    /// <summary>The type of a list's entries, or null when the type is not a list.</summary>
    public static Type? ItemOf(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;
    }

    public static string Join(string path, string name) => string.IsNullOrEmpty(path) ? name : $"{path}.{name}";
}
