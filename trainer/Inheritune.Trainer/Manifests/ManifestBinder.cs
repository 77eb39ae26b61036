using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Inheritune.Api;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Manifests;

/// <summary>Makes the resource's types out of nodes, as strictly as an API server that refuses unknown fields.</summary>
internal sealed class ManifestBinder(List<ManifestProblem> problems)
{
    private readonly Dictionary<string, Origin> _origins = new(StringComparer.Ordinal);

    public InheritRun Bind(MappingNode root) => (InheritRun)BindObject(typeof(InheritRun), root, "");

    /// <summary>Where a field was written; for one that was not, where its nearest parent was.</summary>
    public Origin OriginOf(string field)
    {
        while (!_origins.ContainsKey(field)) field = field[..Math.Max(0, field.LastIndexOfAny(['.', '[']))];
        return _origins[field];
    }

    /// <summary>Resolves relative paths against the place where they were written: the manifest's folder or the current one.</summary>
    public void ResolveUris(object node, string path = "")
    {
        foreach (var property in ResourceSchema.Fields(node.GetType()))
        {
            var field = ResourceSchema.Join(path, InheritRunValidator.FieldName(property));
            if (property.GetValue(node) is not { } value) continue;
            if (ResourceSchema.IsObject(value.GetType())) ResolveUris(value, field);
            else if (value is string uri && property.GetCustomAttribute<RegularExpressionAttribute>()?.Pattern == Patterns.Uri)
                property.SetValue(node, StoreFactory.Resolve(uri, OriginOf(field).Folder));
        }
    }

    /// <summary>Returns null after adding a problem.</summary>
    private object? BindValue(Type type, ManifestNode node, string path)
    {
        _origins[path] = node.Origin;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (node is ScalarNode scalar && ManifestScalar.IsNull(scalar)) return Refuse(node, path, "has no value; give it one or remove the field");
        return (node, ResourceSchema.ItemOf(type)) switch
        {
            (MappingNode mapping, _) when ResourceSchema.IsObject(type) => BindObject(type, mapping, path),
            (MappingNode mapping, _) when ResourceSchema.IsMap(type) => BindMap(mapping, path),
            (SequenceNode sequence, { } item) => BindList(item, sequence, path),
            (ScalarNode text, _) when type == typeof(string) => BindText(text, path),
            (ScalarNode name, _) when type.IsEnum => BindEnum(type, name, path),
            (ScalarNode flag, _) when type == typeof(bool) => BindBoolean(flag, path),
            (ScalarNode number, _) when type == typeof(int) => (int?)BindNumber(number, int.MinValue, int.MaxValue, path),
            (ScalarNode number, _) when type == typeof(long) => BindNumber(number, long.MinValue, long.MaxValue, path),
            (_, { }) => Refuse(node, path, $"must be a list, such as [a, b], not {Kind(node)}"),
            _ when ResourceSchema.IsObject(type) => Refuse(node, path, $"must be an object with the fields {string.Join(", ", ResourceSchema.Names(type))}, not {Kind(node)}"),
            _ when ResourceSchema.IsMap(type) => Refuse(node, path, $"must be an object, not {Kind(node)}"),
            _ => Refuse(node, path, $"must be {(type == typeof(string) ? "text" : type.IsEnum ? "one of " + string.Join(", ", Enum.GetNames(type)) : type == typeof(bool) ? "true or false" : "a whole number")}, not {Kind(node)}"),
        };
    }

    private object BindObject(Type type, MappingNode mapping, string path)
    {
        _origins[path] = mapping.Origin;
        var result = Activator.CreateInstance(type)!;
        // What a cluster adds to a manifest is no mistake: further metadata, and the status.
        var lenient = type == typeof(ObjectMeta);
        foreach (var (name, (key, node)) in mapping.Fields)
        {
            var field = ResourceSchema.Join(path, name);
            if (ResourceSchema.Find(type, name) is { } property)
            {
                if (lenient && node is ScalarNode scalar && ManifestScalar.IsNull(scalar)) continue;
                if (BindValue(property.PropertyType, Meant(property, node), field) is { } value) property.SetValue(result, value);
            }
            else if (!lenient && field != "status")
            {
                problems.Add(new ManifestProblem(key, new FieldError(field, "", Suggestion.UnknownField(type, name))));
            }
        }

        // A misspelt field has been told already and is not missing.
        var meant = mapping.Fields.Keys.Select(name => Suggestion.Nearest(name, ResourceSchema.Names(type)));
        foreach (var property in ResourceSchema.Fields(type).Where(property => property.IsDefined(typeof(RequiredAttribute))).ExceptBy(meant, InheritRunValidator.FieldName))
            problems.Add(new ManifestProblem(mapping.Origin, InheritRunValidator.Missing(property, ResourceSchema.Join(path, InheritRunValidator.FieldName(property)))));

        return result;
    }

    private Dictionary<string, string> BindMap(MappingNode mapping, string path)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, (_, node)) in mapping.Fields)
            if (BindValue(typeof(string), node, ResourceSchema.Join(path, name)) is string text) map[name] = text;
        return map;
    }

    private Array BindList(Type item, SequenceNode sequence, string path)
    {
        var values = sequence.Items.Select((node, index) => BindValue(item, node, $"{path}[{index}]")).OfType<object>().ToArray();
        var list = Array.CreateInstance(item, values.Length);
        Array.Copy(values, list, values.Length);
        return list;
    }

    /// <summary>A number for text is taken where the field allows one, and where quotes are no remedy, because it is wrong in them, too.</summary>
    private static ManifestNode Meant(PropertyInfo property, ManifestNode node)
    {
        if (node is not ScalarNode plain || !ManifestScalar.IsNumber(plain)) return node;
        var asText = plain with { Form = ScalarForm.Quoted };
        if (property.IsDefined(typeof(IntOrStringAttribute)) && ManifestScalar.WholeNumber(plain.Text) is { } whole)
            return asText with { Text = whole.ToString(CultureInfo.InvariantCulture) };
        var pattern = property.GetCustomAttribute<RegularExpressionAttribute>()?.Pattern;
        return pattern is not null && !Regex.IsMatch(plain.Text, pattern) ? asText : node;
    }

    private object? BindText(ScalarNode node, string path) =>
        ManifestScalar.IsNumber(node) ? Refuse(node, path, $"is a number, and this field holds text; write \"{node.Text}\" in quotes")
        : ManifestScalar.IsBoolean(node) ? Refuse(node, path, $"is a boolean, and this field holds text; write \"{node.Text}\" in quotes")
        : node.Text;

    private object? BindEnum(Type type, ScalarNode node, string path) =>
        Enum.GetNames(type).Contains(node.Text, StringComparer.Ordinal)
            ? Enum.Parse(type, node.Text)
            : Refuse(node, path, "is not a known value; " + Suggestion.For(node.Text, Enum.GetNames(type), "known values"));

    private object? BindBoolean(ScalarNode node, string path) =>
        ManifestScalar.Boolean(node.Text) is not { } value ? Refuse(node, path, "is neither true nor false; write one of them")
        : node.Form == ScalarForm.Quoted ? Refuse(node, path, $"is text, and this field is true or false; write {node.Text} without quotes")
        : value;

    private long? BindNumber(ScalarNode node, long min, long max, string path)
    {
        var whole = ManifestScalar.WholeNumber(node.Text);
        var message = whole is null ? "is not a whole number; write digits only, such as 100"
            : node.Form == ScalarForm.Quoted ? $"is text, and this field holds a number; write {node.Text} without quotes"
            : whole < min || whole > max ? string.Create(CultureInfo.InvariantCulture, $"does not fit; the field holds numbers up to {max}")
            : null;
        if (message is null) return (long)whole!.Value;
        Refuse(node, path, message);
        return null;
    }

    private object? Refuse(ManifestNode node, string path, string message)
    {
        var value = node is ScalarNode scalar ? InheritRunValidator.Display(scalar.Text) : "";
        problems.Add(new ManifestProblem(node.Origin, new FieldError(path, value, message)));
        return null;
    }

    private static string Kind(ManifestNode node) => node switch
    {
        SequenceNode => "a list",
        MappingNode => "an object",
        _ => "a single value",
    };
}
