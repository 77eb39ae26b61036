using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Inheritune.Api;
using k8s.Models;

namespace Inheritune.Operator.Generate;

/// <summary>
/// Makes OpenAPI schemas out of types: bounds from validation attributes, defaults from initial values. On a list or map, the
/// rules for lengths of lists bind the list and all others bind each entry, as in <see cref="InheritRunValidator"/>.
/// </summary>
internal static class SchemaGenerator
{
    public static V1JSONSchemaProps Object(Type type)
    {
        var fields = ResourceSchema.Fields(type).Where(field => !field.IsDefined(typeof(IgnoreAttribute))).ToArray();
        var required = fields.Where(IsRequired).Select(InheritRunValidator.FieldName).ToList();
        var defaults = Activator.CreateInstance(type)!;
        return new V1JSONSchemaProps
        {
            Type = "object",
            Properties = fields.ToDictionary(InheritRunValidator.FieldName, field => Field(field, field.GetValue(defaults))),
            Required = required.Count > 0 ? required : null,
        };
    }

    /// <summary>Whether every stored object has the field, because it is required or has a default.</summary>
    public static bool IsAlwaysThere(PropertyInfo field) =>
        IsRequired(field) || Default(field.GetValue(Activator.CreateInstance(field.DeclaringType!))) is not null;

    private static bool IsRequired(PropertyInfo field) => field.IsDefined(typeof(RequiredAttribute));

    private static V1JSONSchemaProps Field(PropertyInfo field, object? initial)
    {
        var (schema, length) = (Container(field), field.GetCustomAttribute<MaxLengthAttribute>()?.Length);
        if (schema.Type == "array") (schema.MinItems, schema.MaxItems) = (field.GetCustomAttribute<MinLengthAttribute>()?.Length, length);
        else schema.MaxProperties = length;
        schema.Description = field.GetCustomAttribute<DescriptionAttribute>()?.Description;
        schema.DefaultProperty = IsRequired(field) ? null : Default(initial);
        return schema;
    }

    private static V1JSONSchemaProps Container(PropertyInfo field)
    {
        var keys = field.GetCustomAttribute<XListMapKeysAttribute>()?.Keys;
        if (ResourceSchema.ItemOf(field.PropertyType) is { } item)
            return new V1JSONSchemaProps { Type = "array", Items = Value(item, field), XKubernetesListType = keys is null ? "atomic" : "map", XKubernetesListMapKeys = keys?.ToList() };
        return ResourceSchema.IsMap(field.PropertyType)
            ? new V1JSONSchemaProps { Type = "object", AdditionalProperties = Value(typeof(string), field), XKubernetesMapType = "atomic" }
            : Value(field.PropertyType, field);
    }

    private static V1JSONSchemaProps Value(Type type, PropertyInfo field) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var text when text == typeof(string) =>
            Text(field.GetCustomAttribute<StringLengthAttribute>(), Pattern(field), field.GetCustomAttribute<IntOrStringAttribute>()),
        var number when number == typeof(int) => Number("int32", int.MaxValue, field.GetCustomAttribute<RangeAttribute>()),
        var number when number == typeof(long) => Number("int64", long.MaxValue, field.GetCustomAttribute<RangeAttribute>()),
        var flag when flag == typeof(bool) => new V1JSONSchemaProps { Type = "boolean" },
        var time when time == typeof(DateTimeOffset) => new V1JSONSchemaProps { Type = "string", Format = "date-time" },
        { IsEnum: true } words => new V1JSONSchemaProps { Type = "string", EnumProperty = [.. Enum.GetNames(words)] },
        var own when ResourceSchema.IsObject(own) => Object(own),
        var other => throw new NotSupportedException($"{field.DeclaringType}.{field.Name}: no schema for {other}"),
    };

    /// <param name="length">The bounds of its length.</param>
    /// <param name="pattern">What it must match.</param>
    /// <param name="numbers">The numbers that may stand in its place, if any.</param>
    private static V1JSONSchemaProps Text(StringLengthAttribute? length, string? pattern, IntOrStringAttribute? numbers) => new()
    {
        Type = numbers is null ? "string" : null,
        XKubernetesIntOrString = numbers is null ? null : true,
        AnyOf = numbers is null ? null : [new() { Type = "integer" }, new() { Type = "string" }],
        Minimum = numbers?.Minimum,
        Maximum = numbers?.Maximum,
        MinLength = length is { MinimumLength: > 0 } ? length.MinimumLength : null,
        MaxLength = length?.MaximumLength,
        Pattern = pattern,
    };

    private static string? Pattern(PropertyInfo field) => field.GetCustomAttribute<RegularExpressionAttribute>()?.Pattern switch
    {
        Patterns.Uri => field.IsDefined(typeof(MountableAttribute)) ? Patterns.MountedUri : Patterns.ObjectUri,
        var pattern => pattern,
    };

    /// <param name="format">int32 or int64.</param>
    /// <param name="limit">The format's own maximum, which need not be said.</param>
    /// <param name="range">The bounds.</param>
    private static V1JSONSchemaProps Number(string format, double limit, RangeAttribute? range)
    {
        var maximum = Bound(range?.Maximum);
        return new V1JSONSchemaProps { Type = "integer", Format = format, Minimum = Bound(range?.Minimum), Maximum = maximum < limit ? maximum : null };

        static double? Bound(object? value) => value is null ? null : Convert.ToDouble(value, CultureInfo.InvariantCulture);
    }

    /// <summary>What the API server fills in; null for nothing. A block with defaults of its own is an empty object here.</summary>
    private static object? Default(object? value) => value switch
    {
        null or "" => null,
        string or int or long or bool => value,
        Enum => value.ToString(),
        IEnumerable list => list.Cast<object>().Select(Default).ToList() is { Count: > 0 } entries ? entries : null,
        _ => new Dictionary<string, object>(),
    };
}
