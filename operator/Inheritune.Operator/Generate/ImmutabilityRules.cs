using System.Reflection;
using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Generate;

/// <summary>
/// The rules that keep a spec as it was created, but for the fields with <see cref="MutableAttribute"/>. They stand on the spec itself:
/// a rule on an optional field is not looked at when the field is removed or added, and so the field could be changed in two steps.
/// </summary>
internal static class ImmutabilityRules
{
    private static readonly string Message =
        $"spec is immutable but for {string.Join(", ", Mutable(typeof(InheritRunSpec), ""))}; create a run with a new name";

    public static IReadOnlyList<V1ValidationRule> All { get; } = [.. Rules(typeof(InheritRunSpec), "")];

    private static IEnumerable<V1ValidationRule> Rules(Type type, string path)
    {
        foreach (var field in Fields(type).Where(field => !IsMutable(field)))
        {
            var name = $"{path}.{InheritRunValidator.FieldName(field)}";
            if (Mutable(field.PropertyType, name).Any())
            {
                foreach (var rule in Rules(field.PropertyType, name)) yield return rule;
                continue;
            }

            var same = $"self{name} == oldSelf{name}";
            yield return new V1ValidationRule
            {
                FieldPath = name,
                Message = Message,
                Reason = "FieldValueForbidden",
                Rule = SchemaGenerator.IsAlwaysThere(field) ? same : $"has(self{name}) == has(oldSelf{name}) && (!has(self{name}) || {same})",
            };
        }
    }

    /// <summary>The paths of the fields that may change. Their blocks have defaults, so that they are always there.</summary>
    private static IEnumerable<string> Mutable(Type type, string path) =>
        from field in ResourceSchema.IsObject(type) ? Fields(type) : []
        let name = ResourceSchema.Join(path, InheritRunValidator.FieldName(field))
        from mutable in IsMutable(field) ? [name] : Mutable(field.PropertyType, name)
        select mutable;

    private static IEnumerable<PropertyInfo> Fields(Type type) => ResourceSchema.Fields(type).Where(field => !field.IsDefined(typeof(IgnoreAttribute)));

    private static bool IsMutable(PropertyInfo field) => field.IsDefined(typeof(MutableAttribute));
}
