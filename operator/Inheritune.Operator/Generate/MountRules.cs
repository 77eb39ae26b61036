using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Generate;

/// <summary>In a cluster a path names what is mounted, so something must be. On a user's own machine it has a meaning by itself.</summary>
internal static class MountRules
{
    public static IReadOnlyList<V1ValidationRule> All { get; } = [.. Rules(typeof(InheritRunSpec), "", "")];

    /// <param name="type">A block of the spec.</param>
    /// <param name="path">Its path.</param>
    /// <param name="unless">What a rule over one of its fields begins with.</param>
    private static IEnumerable<V1ValidationRule> Rules(Type type, string path, string unless)
    {
        foreach (var field in ResourceSchema.Fields(type))
        {
            var name = $"{path}.{InheritRunValidator.FieldName(field)}";
            var there = SchemaGenerator.IsAlwaysThere(field) ? unless : $"{unless}!has(self{name}) || ";
            if (ResourceSchema.IsObject(field.PropertyType))
            {
                foreach (var rule in Rules(field.PropertyType, name, there)) yield return rule;
            }
            else if (field.IsDefined(typeof(MountableAttribute), inherit: true))
            {
                yield return new()
                {
                    FieldPath = name,
                    Message = "needs a volume at /data; name one in spec.pod.data",
                    Rule = $"{there}!self{name}.startsWith('file:') || (has(self.pod) && has(self.pod.data))",
                };
            }
        }
    }
}
