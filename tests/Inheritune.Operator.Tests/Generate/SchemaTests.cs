using Inheritune.Api;
using Inheritune.Operator.Generate;
using k8s.Models;

namespace Inheritune.Operator.Tests.Generate;

/// <summary>What holds for every field of the schema.</summary>
public sealed class SchemaTests
{
    private static readonly V1JSONSchemaProps Root = CrdGenerator.Generate().Spec.Versions.Single().Schema.OpenAPIV3Schema;

    private static readonly (string Path, V1JSONSchemaProps Schema)[] All = [.. Walk("", Root).Where(node => !node.Path.StartsWith("metadata", StringComparison.Ordinal))];

    [Fact]
    public void Every_field_is_explained()
    {
        Assert.InRange(All.Length, 120, 350);
        Assert.Empty(All.Where(node => node.Schema.Description?.EndsWith('.') != true && !node.Path.EndsWith("[]", StringComparison.Ordinal)).Select(node => node.Path));
    }

    /// <summary>Also what keeps the cost of the rules, as the API server estimates it, within its budget.</summary>
    [Fact]
    public void Everything_is_bounded()
    {
        Assert.Empty(All.Where(node => !IsBounded(node.Schema)).Select(node => node.Path).Except(["apiVersion", "kind"]));

        static bool IsBounded(V1JSONSchemaProps schema) => schema.Type switch
        {
            "string" => schema.MaxLength is not null || schema.EnumProperty is not null || schema.Format is not null,
            "array" => schema is { MaxItems: not null, XKubernetesListType: not null },
            "object" => schema.Properties is not null || schema.MaxProperties is not null,
            "integer" => schema is { Minimum: not null, Format: not null },
            null => schema is { XKubernetesIntOrString: true, MaxLength: not null, Minimum: not null, Maximum: not null },
            var type => type == "boolean",
        };
    }

    [Fact]
    public void Nothing_is_said_that_an_api_server_would_leave_out()
    {
        Assert.Empty(All.Where(node => node.Schema.Nullable is not null || node.Schema.Required is { Count: 0 } || node.Schema.MinLength is 0).Select(node => node.Path));
        Assert.All(All, node => Assert.Empty((node.Schema.Required ?? []).Except(node.Schema.Properties?.Keys ?? [])));
    }

    [Fact]
    public void What_is_required_has_no_default_and_the_status_has_none_at_all()
    {
        Assert.Empty(All.Where(node => node.Path.StartsWith("status.", StringComparison.Ordinal) && node.Schema.DefaultProperty is not null).Select(node => node.Path));
        Assert.Empty(All.SelectMany(node => (node.Schema.Required ?? []).Where(name => node.Schema.Properties[name].DefaultProperty is not null).Select(name => $"{node.Path}.{name}")));
    }

    /// <summary>A merge patch takes lists as a whole: an apply would find the default to be missing in its own, again and again.</summary>
    [Fact]
    public void Nothing_within_a_list_has_a_default() => Assert.Empty(All.Where(node => node.Path.Contains("[]", StringComparison.Ordinal) && node.Schema.DefaultProperty is not null).Select(node => node.Path));

    [Fact]
    public void Data_lies_in_an_object_store_or_what_is_mounted_and_nothing_names_a_file_of_the_user()
    {
        var uris = All.Where(node => node.Path.EndsWith("ri", StringComparison.Ordinal)).ToArray();
        Assert.Equal(9, uris.Length);
        string[] mounted = ["spec.architecture.tokenizerUri", "spec.dataset.uri", "spec.dataset.validationUri", "spec.evaluation.dataUri", "spec.reference.uri"];
        Assert.Equal(mounted, uris.Where(uri => uri.Schema.Pattern == Patterns.MountedUri).Select(uri => uri.Path).Order(StringComparer.Ordinal));
        Assert.All(uris.ExceptBy(mounted, uri => uri.Path), uri => Assert.Equal(Patterns.ObjectUri, uri.Schema.Pattern));
        Assert.DoesNotContain(All, node => node.Path == "spec.storage.caBundle");
        Assert.Contains(All, node => node.Path == "spec.storage.caBundleRef.key");
    }

    /// <summary>Everything at its longest, in ASCII.</summary>
    [Fact]
    public void Status_stays_below_16_KB() => Assert.InRange(Longest(Root.Properties["status"]), 8 << 10, 16 << 10);

    [Fact]
    public void Rules_blame_fields_that_exist()
    {
        var rules = Root.Properties["spec"].XKubernetesValidations;
        Assert.InRange(rules.Count, 35, 80);
        Assert.Empty(rules.Select(rule => "spec" + rule.FieldPath).Except(All.Select(node => node.Path)));
        Assert.All(rules, rule => Assert.False(string.IsNullOrEmpty(rule.Message)));
    }

    private static IEnumerable<(string Path, V1JSONSchemaProps Schema)> Walk(string path, V1JSONSchemaProps schema)
    {
        var children = (schema.Properties ?? new Dictionary<string, V1JSONSchemaProps>()).Select(property => (Path: $"{path}.{property.Key}".TrimStart('.'), property.Value));
        if (schema.Items is V1JSONSchemaProps item) children = children.Append(($"{path}[]", item));
        if (schema.AdditionalProperties is V1JSONSchemaProps value) children = children.Append(($"{path}[]", value));
        return children.SelectMany(child => Walk(child.Path, child.Value)).Prepend((path, schema));
    }

    private static long Longest(V1JSONSchemaProps schema) => schema.Type switch
    {
        "object" => 2 + schema.Properties.Sum(property => property.Key.Length + 4 + Longest(property.Value)),
        "array" => 2 + (schema.MaxItems!.Value * (1 + Longest((V1JSONSchemaProps)schema.Items))),
        "string" => 2 + (schema.MaxLength ?? schema.EnumProperty?.Max(word => ((string)word).Length) ?? "2026-11-24T22:21:05.1234567+00:00".Length),
        _ => $"{(decimal)(schema.Maximum ?? long.MaxValue)}".Length,
    };
}
