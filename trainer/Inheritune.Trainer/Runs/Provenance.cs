using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Runs;

/// <summary>Writes <c>provenance.json</c>: where an exported model comes from, exactly.</summary>
public static class Provenance
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Version of this program, with the commit it was built from where that is known.</summary>
    public static string Version =>
        typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static void Write(
        IObjectStore output, InheritRun run, RunMarker marker, Checkpoint? reference, InheritancePlan plan, ITokenizer tokenizer, TokenizedDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(run);
        var json = new JsonObject
        {
            ["method"] = "Inheritune (arXiv 2404.08634)",
            ["run"] = run.Metadata.Name,
            ["recipeSha256"] = marker.RecipeHash,
            ["reference"] = reference is null ? null : new JsonObject
            {
                ["uri"] = run.Spec.Reference!.Uri,
                ["layoutSha256"] = reference.Digest,
                ["layers"] = reference.Config.Layers,
            },
            ["inherited"] = reference is null ? null : new JsonObject
            {
                ["policy"] = plan.Policy.ToString(),
                ["layers"] = new JsonArray([.. Enumerable.Range(0, plan.Target.Layers).Select(i => (JsonNode)i)]),
                ["parts"] = new JsonArray([.. run.Spec.Inherit!.Parts.Select(part => (JsonNode)part.ToString())]),
                // Over the digests of the tensors; see Checkpoint.Read.
                ["weightsSha256"] = marker.InheritedDigest,
                ["freshTensors"] = new JsonArray([.. plan.Fresh.Select(p => (JsonNode)p.Name)]),
            },
            ["inverseLayerScaleFolded"] = plan.Target.ScaleAttentionByInverseLayer,
            ["dataset"] = new JsonObject { ["uri"] = run.Spec.Dataset.Uri, ["sha256"] = dataset.Digest },
            ["tokenizerSha256"] = tokenizer is AbsentTokenizer ? null : tokenizer.Digest,
            ["trainer"] = Version,
        };
        output.Write("provenance.json", stream => JsonSerializer.Serialize(stream, json, Indented));
    }
}
