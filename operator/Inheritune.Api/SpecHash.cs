using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Inheritune.Api;

/// <summary>
/// Digest of the part of a spec that may not change. An API server that knows CEL refuses a change to it; with an older one the
/// operator sees the change by this digest, and by the generation, which no new default changes.
/// </summary>
public static class SpecHash
{
    private static readonly JsonSerializerOptions Options = new() { Converters = { new JsonStringEnumConverter() }, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>
    /// <c>sha256:</c> and the digest of all fields without <see cref="MutableAttribute"/> that differ from their defaults: a field that a
    /// later version adds changes the digest of no run that does not use it.
    /// </summary>
    public static string Of(InheritRunSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Collect(spec, "", fields);
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(fields)));
    }

    private static void Collect(object node, string path, SortedDictionary<string, string> fields)
    {
        var defaults = Activator.CreateInstance(node.GetType())!;
        foreach (var property in ResourceSchema.Fields(node.GetType()))
        {
            if (property.IsDefined(typeof(MutableAttribute)) || property.GetValue(node) is not { } value) continue;
            var field = ResourceSchema.Join(path, InheritRunValidator.FieldName(property));
            if (!ResourceSchema.IsObject(property.PropertyType))
            {
                var json = Json(value);
                if (json != Json(property.GetValue(defaults))) fields[field] = json;
                continue;
            }

            // An optional block counts even when all in it is default.
            if (property.GetValue(defaults) is null) fields[field] = "{}";
            Collect(value, field, fields);
        }
    }

    private static string Json(object? value) =>
        JsonSerializer.Serialize(value is IReadOnlyDictionary<string, string> map ? new SortedDictionary<string, string>(map.ToDictionary(), StringComparer.Ordinal) : value, Options);
}
