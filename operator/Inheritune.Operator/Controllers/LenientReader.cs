using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Inheritune.Api;

namespace Inheritune.Operator.Controllers;

/// <summary>Reads parts of the resource that others wrote, field by field: what breaks the schema is left out and named.</summary>
internal sealed class LenientReader
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly List<FieldError> _faults = [];

    public IReadOnlyList<FieldError> Faults => _faults;

    /// <summary>A value of no rules.</summary>
    public T? Value<T>(JsonElement json, string name) => Has(json, name, out var value) ? (T?)Scalar(typeof(T), value, name) : default;

    /// <summary>A field of the resource.</summary>
    public T? Field<T>(JsonElement json, Type owner, string name) =>
        Has(json, name, out var value) && Lawful(ResourceSchema.Find(owner, name)!, value, name) is { } found ? (T)found : default;

    /// <summary>A block of the resource.</summary>
    public T? Part<T>(JsonElement json, string name) where T : class =>
        Has(json, name, out var value) ? (T?)Block(typeof(T), value, name) : null;

    private object? Lawful(PropertyInfo property, JsonElement json, string path)
    {
        var type = property.PropertyType;
        var value = ResourceSchema.IsObject(type) ? Block(type, json, path) : Scalar(type, json, path);
        if (value is null) return null;
        var faults = InheritRunValidator.ValidateField(property, value, path);
        // A path means nothing in a cluster, whose schema refuses it.
        if (faults.Count == 0 && value is string text && IsUri(property) && !Regex.IsMatch(text, Patterns.ObjectUri))
            faults = [new(path, InheritRunValidator.Display(text), "must be s3://bucket/prefix")];
        _faults.AddRange(faults);
        return faults.Count == 0 ? value : null;
    }

    private object? Block(Type type, JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            _faults.Add(new(path, InheritRunValidator.Display(json), "must be an object"));
            return null;
        }

        var (node, before) = (Activator.CreateInstance(type)!, _faults.Count);
        foreach (var property in ResourceSchema.Fields(type))
        {
            var name = InheritRunValidator.FieldName(property);
            if (Has(json, name, out var value) && Lawful(property, value, ResourceSchema.Join(path, name)) is { } found)
                property.SetValue(node, found);
        }

        // What cannot be without a field goes with it.
        var missing = Array.Find(ResourceSchema.Fields(type), property => IsRequired(property) && property.GetValue(node) is null or "");
        if (missing is null) return node;
        if (_faults.Count == before) _faults.Add(InheritRunValidator.Missing(missing, ResourceSchema.Join(path, InheritRunValidator.FieldName(missing))));
        return null;
    }

    private object? Scalar(Type type, JsonElement json, string path)
    {
        try
        {
            return json.Deserialize(type, Options);
        }
        catch (JsonException)
        {
            _faults.Add(new(path, InheritRunValidator.Display(json), Remedy(Nullable.GetUnderlyingType(type) ?? type)));
            return null;
        }
    }

    private static string Remedy(Type type) => type switch
    {
        { IsEnum: true } => $"must be one of {string.Join(", ", Enum.GetNames(type))}",
        _ when type == typeof(string) => "must be text",
        _ when type == typeof(bool) => "must be true or false",
        _ when type == typeof(DateTimeOffset) => "must be a time",
        _ => "must be a whole number",
    };

    private static bool IsUri(PropertyInfo property) => property.GetCustomAttribute<RegularExpressionAttribute>()?.Pattern == Patterns.Uri;

    private static bool IsRequired(PropertyInfo property) => property.IsDefined(typeof(RequiredAttribute));

    private static bool Has(JsonElement json, string name, out JsonElement value) =>
        json.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
}
