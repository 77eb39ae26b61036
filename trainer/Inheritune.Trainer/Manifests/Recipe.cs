using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Inheritune.Api;

namespace Inheritune.Trainer.Manifests;

/// <summary>
/// Identity of a run: what is in its spec, except for what cannot change the trained weights (where the output goes and in which precision,
/// how often checkpoints and log lines are written, what is computed twice, which tasks the end is measured by, which reference is taken as a mark, what the report shows, how the object store is reached, how a cluster runs it).
/// Metadata plays no part.
/// </summary>
public static class Recipe
{
    private static readonly string[] Excluded =
    [
        "output", "checkpoint", "report", "storage", "training.logEverySteps", "training.activationCheckpointing",
        "evaluation.tasks", "evaluation.dataUri", "evaluation.limit", "evaluation.harness", "evaluation.anyReferenceLoss",
        "suspend", "retry", "deadlines", "ttlSecondsAfterFinished", "resources", "scheduling", "preflight", "serviceAccountName", "pod", "image",
    ];

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
        WriteIndented = true,
    };

    /// <summary>SHA-256, in lower-case hexadecimal, over the deciding fields as compact JSON, ordered by path.</summary>
    public static string Hash(InheritRun run) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(Deciding(run))));

    /// <summary>What decides the result and differs, such as <c>training.steps: 100 -> 200</c>. Empty exactly when the hashes agree.</summary>
    public static IReadOnlyList<string> Differences(InheritRun before, InheritRun after)
    {
        var (old, now) = (Deciding(before), Deciding(after));
        return
        [
            .. from path in old.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
               let a = old.GetValueOrDefault(path, "(not set)")
               let b = now.GetValueOrDefault(path, "(not set)")
               where a != b
               select $"{path}: {a} -> {b}",
        ];
    }

    /// <summary>The spec as JSON, with its defaults.</summary>
    public static string ToJson(InheritRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return JsonSerializer.Serialize(run.Spec, Options);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote; the metadata of the result is empty.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it was read, for the error message.</param>
    public static InheritRun FromJson(string json, string source)
    {
        try
        {
            return new InheritRun
            {
                ApiVersion = ApiGroup.ApiVersion,
                Kind = ApiGroup.Kind,
                Spec = JsonSerializer.Deserialize<InheritRunSpec>(json, Options) ?? throw new JsonException("it is null"),
            };
        }
        catch (JsonException e)
        {
            throw new RunException(ExitCode.InvalidInput, $"{source}: is not a recipe that this version can read ({e.Message.TrimEnd('.')}); give the run another output folder", e);
        }
    }

    private static SortedDictionary<string, string> Deciding(InheritRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Collect(run.Spec, "", values);
        return values;
    }

    private static void Collect(object node, string path, SortedDictionary<string, string> values)
    {
        foreach (var property in ResourceSchema.Fields(node.GetType()))
        {
            var field = ResourceSchema.Join(path, InheritRunValidator.FieldName(property));
            if (Excluded.Contains(field) || property.GetValue(node) is not { } value) continue;
            if (ResourceSchema.IsObject(value.GetType())) Collect(value, field, values);
            else values[field] = Canonical(property, value);
        }
    }

    private static string Canonical(PropertyInfo property, object value) => value switch
    {
        // 3e-4 and 0.0003 are the same recipe.
        string text when property.GetCustomAttribute<RegularExpressionAttribute>()?.Pattern == Patterns.Decimal => Decimals.Parse(text).ToString("R", CultureInfo.InvariantCulture),
        string text => text,
        System.Collections.IEnumerable list => JsonSerializer.Serialize(list.Cast<object>().Select(item => $"{item}").Order(StringComparer.Ordinal)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
