using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Inheritune.Api;

/// <summary>
/// What a spec names that an administrator may want to limit. Found by what fields are called and match, so that none is forgotten.
/// </summary>
public static class SpecNames
{
    private const string Secret = "Secret";

    /// <summary>The Secrets that the run's pods are to read, by the fields that name them.</summary>
    public static IEnumerable<(string Field, string Name)> Secrets(InheritRunSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return from found in Walk(spec, "spec")
               where found.Property.Name.Contains(Secret, StringComparison.Ordinal) || Value(found.Value, "kind")?.ToString() == Secret
               select ($"{found.Field}.name", (string)Value(found.Value, "name")!);
    }

    /// <summary>The container images that the run asks for, likewise.</summary>
    public static IEnumerable<(string Field, string Name)> Images(InheritRunSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return from found in Walk(spec, "spec")
               where found.Property.GetCustomAttribute<RegularExpressionAttribute>()?.Pattern == Patterns.Image
               select (found.Field, (string)found.Value);
    }

    private static object? Value(object node, string field) => ResourceSchema.Find(node.GetType(), field)?.GetValue(node);

    private static IEnumerable<(string Field, PropertyInfo Property, object Value)> Walk(object node, string path)
    {
        foreach (var property in ResourceSchema.Fields(node.GetType()))
        {
            if (property.GetValue(node) is not { } value) continue;
            var field = ResourceSchema.Join(path, InheritRunValidator.FieldName(property));
            var entries = ResourceSchema.ItemOf(property.PropertyType) is null
                ? [(field, value)]
                : ((IEnumerable)value).Cast<object>().Select((entry, index) => ($"{field}[{index}]", entry));
            foreach (var (at, entry) in entries)
            {
                yield return (at, property, entry);
                if (!ResourceSchema.IsObject(entry.GetType())) continue;
                foreach (var inner in Walk(entry, at)) yield return inner;
            }
        }
    }
}
