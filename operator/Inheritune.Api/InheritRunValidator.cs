using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Inheritune.Api;

/// <summary>
/// Checks a manifest against every rule of the resource: the attributes on its fields and <see cref="InheritRunRules"/>.
/// The API server enforces the same rules, so a manifest that passes here is accepted there.
/// </summary>
public static class InheritRunValidator
{
    /// <summary>Returns everything that is wrong, in the order of the fields; empty when the manifest is valid.</summary>
    public static IReadOnlyList<FieldError> Validate(InheritRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var errors = new List<FieldError>();
        CheckFields(run, "", errors);
        if (errors.Count == 0) errors.AddRange(InheritRunRules.Broken(run));
        return errors;
    }

    /// <summary>The name of a property as it is written in YAML and JSON.</summary>
    public static string FieldName(PropertyInfo property)
    {
        ArgumentNullException.ThrowIfNull(property);
        return JsonNamingPolicy.CamelCase.ConvertName(property.Name);
    }

    private static void CheckFields(object node, string path, List<FieldError> errors)
    {
        foreach (var property in node.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var field = path.Length == 0 ? FieldName(property) : $"{path}.{FieldName(property)}";
            var value = property.GetValue(node);
            if (value is null or "")
            {
                if (property.GetCustomAttribute<RequiredAttribute>() is not null)
                    errors.Add(new FieldError(field, "", "is required; " + Describe(property)));
                continue;
            }

            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>())
                if (rule is not RequiredAttribute && !rule.IsValid(value))
                    errors.Add(new FieldError(field, Display(value), Remedy(rule)));

            if (value.GetType().Assembly == typeof(InheritRun).Assembly && !value.GetType().IsEnum)
                CheckFields(value, field, errors);
        }
    }

    private static string Remedy(ValidationAttribute rule) => rule switch
    {
        RangeAttribute { Maximum: int.MaxValue or long.MaxValue or 9.2233720368547758E+18 } range => $"must be at least {range.Minimum}",
        RangeAttribute range => $"must be from {range.Minimum} to {range.Maximum}",
        StringLengthAttribute length => $"must have {length.MinimumLength} to {length.MaximumLength} characters",
        MinLengthAttribute length => $"must have at least {length.Length} entries",
        MaxLengthAttribute length => $"must have at most {length.Length} entries",
        RegularExpressionAttribute { Pattern: Patterns.Decimal } => "must be a decimal number in quotes, such as \"0.1\" or \"3e-4\"",
        RegularExpressionAttribute { Pattern: Patterns.DnsLabel } => "must consist of lower case letters, digits and '-', and begin and end with a letter or digit",
        RegularExpressionAttribute { Pattern: Patterns.Uri } => "must be s3://bucket/prefix, file:///path or a plain path",
        _ => rule.FormatErrorMessage("the value"),
    };

    private static string Describe(PropertyInfo property) =>
        property.GetCustomAttribute<System.ComponentModel.DescriptionAttribute>() is { } text
            ? char.ToLowerInvariant(text.Description[0]) + text.Description[1..]
            : "give it a value";

    private static string Display(object value) => value switch
    {
        string text => text,
        System.Collections.IEnumerable list => "[" + string.Join(", ", list.Cast<object>()) + "]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
