using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Inheritune.Api;

/// <summary>
/// Checks a manifest against every rule of the resource: the attributes on its fields and <see cref="InheritRunRules"/>.
/// The API server enforces the same rules, so a manifest that passes here is accepted there.
/// On a list, the rules for lengths of lists bind the list and all others bind each entry.
/// </summary>
public static class InheritRunValidator
{
    private const int MaxDisplayed = 80;

    /// <summary>Returns everything that is wrong, in the order of the fields; empty when the manifest is valid.</summary>
    public static IReadOnlyList<FieldError> Validate(InheritRun run)
    {
        var errors = ValidateFields(run);
        return errors.Count > 0 ? errors : [.. InheritRunRules.Broken(run)];
    }

    /// <summary>Checks each field by itself. The rules over several fields make sense only when this finds nothing.</summary>
    public static IReadOnlyList<FieldError> ValidateFields(InheritRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return [.. CheckObject(run, "")];
    }

    /// <summary>Checks one field and what is in it.</summary>
    public static IReadOnlyList<FieldError> ValidateField(PropertyInfo property, object? value, string field)
    {
        ArgumentNullException.ThrowIfNull(property);
        return [.. CheckField(property, value, field)];
    }

    /// <summary>The error for a required field that was left out.</summary>
    public static FieldError Missing(PropertyInfo property, string field)
    {
        ArgumentNullException.ThrowIfNull(property);
        var text = property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "give it a value";
        return new FieldError(field, "", $"is required; {char.ToLowerInvariant(text[0])}{text[1..].TrimEnd('.')}");
    }

    /// <summary>The name of a property as it is written in YAML and JSON.</summary>
    public static string FieldName(PropertyInfo property)
    {
        ArgumentNullException.ThrowIfNull(property);
        return JsonNamingPolicy.CamelCase.ConvertName(property.Name);
    }

    /// <summary>A value on one line of bounded length, for messages.</summary>
    public static string Display(object value)
    {
        var text = value switch
        {
            string written => written,
            IEnumerable list => $"[{string.Join(", ", list.Cast<object>())}]",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
        var line = string.Concat(text.Take(MaxDisplayed).Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length <= MaxDisplayed ? line : line + "...";
    }

    private static IEnumerable<FieldError> CheckObject(object node, string path) =>
        node.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .SelectMany(property => CheckField(property, property.GetValue(node), path.Length == 0 ? FieldName(property) : $"{path}.{FieldName(property)}"));

    private static IEnumerable<FieldError> CheckField(PropertyInfo property, object? value, string field)
    {
        var rules = property.GetCustomAttributes<ValidationAttribute>().ToLookup(rule => rule is MinLengthAttribute or MaxLengthAttribute);
        return value switch
        {
            null or "" when property.IsDefined(typeof(RequiredAttribute)) => [Missing(property, field)],
            null => [],
            // Labels and annotations have no rules here: they are Kubernetes' business.
            IReadOnlyDictionary<string, string> map =>
                CheckRules(value, field, rules[true]).Concat(map.SelectMany(entry => CheckValue(entry.Value, $"{field}.{entry.Key}", rules[false]))),
            IEnumerable list and not string =>
                CheckRules(value, field, rules[true]).Concat(list.Cast<object>().SelectMany((item, index) => CheckValue(item, $"{field}[{index}]", rules[false]))),
            _ => CheckValue(value, field, rules[false]),
        };
    }

    private static IEnumerable<FieldError> CheckValue(object? value, string field, IEnumerable<ValidationAttribute> rules) => value switch
    {
        null => [new FieldError(field, "", "must have a value")],
        Enum when !Enum.IsDefined(value.GetType(), value) => [new FieldError(field, Display(value), $"must be one of {string.Join(", ", Enum.GetNames(value.GetType()))}")],
        _ when value is not Enum && value.GetType().Assembly == typeof(InheritRun).Assembly => CheckObject(value, field),
        _ => CheckRules(value, field, rules),
    };

    /// <summary>One error at most: text that is too long need not match a pattern, too.</summary>
    private static IEnumerable<FieldError> CheckRules(object value, string field, IEnumerable<ValidationAttribute> rules) =>
        rules.Where(rule => !IsMet(rule, value)).Take(1).Select(rule => new FieldError(field, Display(value), Remedy(rule, value)));

    /// <summary>As the attribute says, except that empty text has to match a pattern, too, as it does on the API server.</summary>
    private static bool IsMet(ValidationAttribute rule, object value) =>
        rule is RegularExpressionAttribute { Pattern: var pattern } && value is "" ? Regex.IsMatch("", pattern) : rule.IsValid(value);

    private static string Remedy(ValidationAttribute rule, object value) => rule switch
    {
        // The attribute has no constructor for long: its bounds are doubles then.
        RangeAttribute { Maximum: int.MaxValue or (double)long.MaxValue } range => $"must be at least {range.Minimum}",
        RangeAttribute range => $"must be from {range.Minimum} to {range.Maximum}",
        StringLengthAttribute { MinimumLength: 0 } length => $"must have at most {length.MaximumLength} characters",
        StringLengthAttribute length => $"must have {length.MinimumLength} to {length.MaximumLength} characters",
        MinLengthAttribute length => $"must have at least {length.Length} {Entries(length.Length)}",
        MaxLengthAttribute length => $"must have at most {length.Length} {Entries(length.Length)}",
        RegularExpressionAttribute { Pattern: Patterns.Decimal } => "must be a decimal number, such as \"0.1\" or \"3e-4\"",
        RegularExpressionAttribute { Pattern: Patterns.DnsLabel } => "must consist of lower case letters, digits and '-', and begin and end with a letter or digit",
        RegularExpressionAttribute { Pattern: Patterns.Uri } => "must be s3://bucket/prefix, file:///path or a plain path",
        RegularExpressionAttribute { Pattern: Patterns.DnsSubdomain } => "must consist of lower case letters, digits, '-' and '.', and begin and end with a letter or digit",
        RegularExpressionAttribute { Pattern: Patterns.QualifiedName } => "must be a name with a domain, such as nvidia.com/gpu",
        RegularExpressionAttribute { Pattern: Patterns.LabelKey } => "must be a label's key, such as team or example.com/team",
        RegularExpressionAttribute { Pattern: Patterns.LabelValue } => "must consist of letters, digits, '-', '_' and '.', and begin and end with a letter or digit",
        RegularExpressionAttribute { Pattern: Patterns.ConfigMapKey } => "must consist of letters, digits, '-', '_' and '.'",
        RegularExpressionAttribute { Pattern: Patterns.Variable } => "must be a variable's name, such as HTTPS_PROXY",
        RegularExpressionAttribute { Pattern: Patterns.Cpus } => "must be a number of CPUs, such as \"4\" or \"500m\"",
        RegularExpressionAttribute { Pattern: Patterns.Bytes } => $"must be a number of bytes with its unit{BytesLike(value)}",
        RegularExpressionAttribute { Pattern: Patterns.Image } => "must be a container image, such as registry.example/team/trainer:1.0",
        RegularExpressionAttribute { Pattern: Patterns.Endpoint } => "must be http://host:port or https://host:port",
        _ => rule.FormatErrorMessage("the value"),
    };

    /// <summary>The right form of what was meant, by 2GB for instance, where that can be told.</summary>
    private static string BytesLike(object value) =>
        Regex.Match(value.ToString()!, "^([1-9][0-9]*) ?([kKmMgGtT])?i?[bB]?$") is { Success: true, Groups: [_, var digits, var unit] }
            ? $"; write {digits.Value}{(unit.Success ? unit.Value.ToUpperInvariant() : "G")}i"
            : ", such as 16Gi";

    private static string Entries(int count) => count == 1 ? "entry" : "entries";
}
