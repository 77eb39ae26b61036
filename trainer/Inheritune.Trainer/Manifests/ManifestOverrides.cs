using System.Text.RegularExpressions;
using Inheritune.Api;

namespace Inheritune.Trainer.Manifests;

/// <summary>
/// Changes a manifest's nodes as <c>--set path=value</c> says, before they are bound. Paths are relative to <c>spec</c> and may begin
/// with <c>spec.</c> or <c>metadata.</c>; lists are written <c>a,b</c>, a comma within an entry <c>\,</c>; an empty value removes the field.
/// </summary>
internal static partial class ManifestOverrides
{
    public static void Apply(MappingNode root, IReadOnlyList<string> overrides, List<ManifestProblem> problems)
    {
        foreach (var text in overrides)
        {
            var origin = new Origin($"--set {InheritRunValidator.Display(text)}", int.MaxValue, Directory.GetCurrentDirectory());
            if (Change(root, text, origin) is { } error) problems.Add(new ManifestProblem(origin, error));
        }
    }

    /// <summary>Makes one change; returns what is wrong with it.</summary>
    private static FieldError? Change(MappingNode root, string text, Origin origin)
    {
        if (text.Split('=', 2) is not [var path, var value]) return new FieldError(text, "", "needs a value; write training.steps=100, or training.steps= to remove the field");
        if (path.Split('.')[0] is not ("spec" or "metadata")) path = "spec." + path;

        var (type, mapping, walked) = (typeof(InheritRun), root, "");
        while (true)
        {
            // A map's keys may hold dots (labels do): all that is left of the path is the key.
            var name = ResourceSchema.IsMap(type) ? path[(walked.Length + 1)..] : path[(walked.Length == 0 ? 0 : walked.Length + 1)..].Split('.')[0];
            walked = ResourceSchema.Join(walked, name);
            if (!ResourceSchema.IsMap(type))
            {
                if (ResourceSchema.Find(type, name) is not { } property) return new FieldError(walked, "", Suggestion.UnknownField(type, name));
                type = property.PropertyType;
            }
            else
            {
                type = typeof(string);
            }

            if (walked.Length == path.Length) return Set(mapping, name, type, walked, value, origin);
            if (!ResourceSchema.IsObject(type) && !ResourceSchema.IsMap(type)) return new FieldError(path, "", $"unknown field; {walked} has no fields");
            if (!mapping.Fields.TryGetValue(name, out var entry) || entry.Value is not MappingNode)
            {
                if (value.Length == 0) return null;
                mapping.Fields[name] = entry = (origin, new MappingNode(origin));
            }

            mapping = (MappingNode)entry.Value;
        }
    }

    private static FieldError? Set(MappingNode mapping, string name, Type type, string path, string value, Origin origin)
    {
        if (value.Length == 0)
        {
            mapping.Fields.Remove(name);
            return null;
        }

        if (ResourceSchema.IsObject(type))
            return new FieldError(path, value, $"cannot replace an object; set one of its fields: {string.Join(", ", ResourceSchema.Names(type))}");

        mapping.Fields[name] = (origin, ResourceSchema.ItemOf(type) is null
            ? new ScalarNode(origin, value, ScalarForm.Raw)
            : new SequenceNode(origin, [.. Comma().Split(value).Select(item => new ScalarNode(origin, item.Replace("\\,", ",", StringComparison.Ordinal), ScalarForm.Raw))]));
        return null;
    }

    [GeneratedRegex(@"(?<!\\),")]
    private static partial Regex Comma();
}
