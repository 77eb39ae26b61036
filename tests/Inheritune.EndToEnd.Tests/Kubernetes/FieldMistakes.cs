using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using Inheritune.Api;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Every way to leave the bounds of a single field, found in the types.</summary>
internal static class FieldMistakes
{
    /// <summary>The path of each field and a manifest, as JSON, in which that field is wrong.</summary>
    /// <param name="manifest">A good manifest, as JSON.</param>
    public static IEnumerable<(string Field, string Json)> In(string manifest) =>
        Of(typeof(InheritRunSpec), "spec").Select(mistake => (mistake.Field, Set(JsonNode.Parse(manifest)!, mistake.Field, mistake.Value)));

    private static IEnumerable<(string Field, JsonNode Value)> Of(Type type, string path)
    {
        foreach (var property in ResourceSchema.Fields(type).Where(property => !property.IsDefined(typeof(IgnoreAttribute)) && !ResourceSchema.IsMap(property.PropertyType)))
        {
            var field = $"{path}.{InheritRunValidator.FieldName(property)}";
            var own = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (ResourceSchema.ItemOf(own) is { } item)
            {
                if (property.GetCustomAttribute<MinLengthAttribute>() is not null) yield return (field, new JsonArray());
                var tooMany = property.GetCustomAttribute<MaxLengthAttribute>()!.Length + 1;
                yield return (field, new JsonArray([.. Enumerable.Range(0, tooMany).Select(_ => Entry(item))]));
                (field, own) = (field + "[0]", item);
            }

            foreach (var mistake in ResourceSchema.IsObject(own) ? Of(own, field) : Values(property, own).Select(value => (field, value))) yield return mistake;
        }
    }

    private static IEnumerable<JsonNode> Values(PropertyInfo property, Type type)
    {
        if (type.IsEnum || type == typeof(bool)) yield return "Nonsense";
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            var (least, most) = (Convert.ToDecimal(range.Minimum), Convert.ToDouble(range.Maximum));
            yield return JsonValue.Create((long)least - 1);
            if (most < int.MaxValue) yield return JsonValue.Create((long)most + 1);
        }

        if (property.GetCustomAttribute<StringLengthAttribute>() is { } length)
        {
            if (length.MinimumLength > 0) yield return "";
            yield return new string('1', length.MaximumLength + 1);
        }

        if (property.IsDefined(typeof(RegularExpressionAttribute))) yield return "?:";
    }

    private static JsonNode Entry(Type item) => item.IsEnum ? Enum.GetNames(item)[0] : item == typeof(string) ? "a" : new JsonObject();

    /// <summary>Objects on the way are made.</summary>
    private static string Set(JsonNode root, string path, JsonNode value)
    {
        var (node, names) = (root, path.Split('.'));
        foreach (var name in names[..^1])
        {
            var (key, inList) = (name.Split('[')[0], name.EndsWith(']'));
            var next = node[key] ??= inList ? new JsonArray(new JsonObject()) : new JsonObject();
            node = inList ? next[0]! : next;
        }

        var last = names[^1].Split('[')[0];
        node[last] = names[^1] == last ? value : new JsonArray(value);
        return root.ToJsonString();
    }
}
