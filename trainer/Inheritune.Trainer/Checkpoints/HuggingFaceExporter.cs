using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Writes a model as a Hugging Face folder that transformers loads without flags and that gives the same logits.</summary>
public static class HuggingFaceExporter
{
    /// <summary>Files that are taken over from the folder the tokenizer comes from.</summary>
    private static readonly string[] CompanionFiles =
    [
        "encoder.json", "vocab.bpe", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json", "merges.txt", "chat_template.jinja", "generation_config.json", "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE",
    ];

    /// <summary>Files that OpenAI published under names where transformers does not look.</summary>
    private static readonly Dictionary<string, string> HuggingFaceNames = new(StringComparer.Ordinal) { ["encoder.json"] = "vocab.json", ["vocab.bpe"] = "merges.txt" };

    private const double Megabyte = 1e6;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes weights, configuration, tokenizer and generation configuration.</summary>
    /// <param name="model">The model.</param>
    /// <param name="reference">The reference's configuration; null without one.</param>
    /// <param name="tokenizerFolder">Where the tokenizer's files are.</param>
    /// <param name="endOfText">Id of the token that ends a document, for models without a reference.</param>
    /// <param name="precision">Number format of the weights.</param>
    /// <param name="output">The folder to write.</param>
    /// <param name="status">Hears how far it is; null: nobody does.</param>
    public static void Write(
        CausalLanguageModel model, JsonObject? reference, IObjectStore tokenizerFolder, int? endOfText, ExportPrecision precision, IObjectStore output, IRunStatus? status = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(output);
        var (type, dtype) = TypeOf(precision);
        RequireFit(model, precision);
        var done = 0L;
        using (NewDisposeScope())
        using (no_grad())
        using (var stage = status?.Begin("Exporting the model", model.Config.ParameterCount * TensorDtype.SizeOf(TensorDtype.NameOf(type)) / Megabyte, "MB"))
            output.Write("model.safetensors", stream => SafetensorsWriter.Write(stream, ExportedTensors(model), type, written: count => stage?.Report((done += count) / Megabyte)));

        WriteJson(output, "config.json", HuggingFaceConfig.ForExport(model.Config, reference, endOfText, dtype));
        var hasTokenizerJson = tokenizerFolder.Stat("tokenizer.json") is not null;
        foreach (var file in CompanionFiles.Where(file => tokenizerFolder.Stat(file) is not null))
        {
            Action<JsonObject>? change = file switch
            {
                "generation_config.json" => json => PortableSettings.MakeGeneration(json, model.Config.VocabularySize),
                "tokenizer_config.json" => json => PortableSettings.MakeTokenizer(json, hasTokenizerJson),
                _ => null,
            };
            if (change is not null) CopyChanged(tokenizerFolder, file, change, output);
            else Copy(tokenizerFolder, file, output);
        }

        // Without it transformers 5 gives other ids: no BOS and no space in front of the first word.
        if (output.Stat("tokenizer.model") is not null && output.Stat("tokenizer.json") is null && output.Stat("tokenizer_config.json") is null)
            WriteJson(output, "tokenizer_config.json", new JsonObject { ["tokenizer_class"] = "LlamaTokenizer", ["add_bos_token"] = true, ["add_eos_token"] = false });

        if (output.Stat("generation_config.json") is null)
        {
            var generation = GenerationConfig(reference, endOfText);
            PortableSettings.MakeGeneration(generation, model.Config.VocabularySize);
            WriteJson(output, "generation_config.json", generation);
        }
    }

    /// <summary>Makes sure that every number of a model stays one in the format of its export.</summary>
    /// <exception cref="RunException">A number does not.</exception>
    public static void RequireFit(CausalLanguageModel model, ExportPrecision precision)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var _ = no_grad();
        foreach (var (name, tensor) in ExportedTensors(model))
        {
            using var scope = NewDisposeScope();
            var largest = tensor.abs().max();
            if (largest.to(TypeOf(precision).Type).isfinite().item<bool>()) continue;
            throw RunException.Invalid("spec.output.precision", $"{precision}", FormattableString.Invariant(
                $"does not hold tensor '{name}', whose largest number is {largest.item<float>():G6}{(precision == ExportPrecision.Float32 ? "" : "; use BFloat16 or Float32 and run again: a training that is done is not repeated")}"));
        }
    }

    /// <summary>
    /// The parameters as transformers expects them. Its GPT-2 has no switch for biases, so missing ones are written as zeros;
    /// and several of its releases ignore both flags of the attention scale in their default attention, so that what they say
    /// goes into the query weights.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> ExportedTensors(CausalLanguageModel model)
    {
        var config = model.Config;
        if (config.Family == ModelFamily.GPT2) config = config with { AttentionBias = true, MlpBias = true, NormBias = true };
        foreach (var spec in config.Parameters())
        {
            var tensor = model.Parameters.GetValueOrDefault(spec.Name) ?? zeros(spec.Shape);
            var factor = spec.Name.Contains(".c_attn.", StringComparison.Ordinal) ? config.QueryFactor(spec.Block!.Value) : 1;
            yield return new(spec.Name, factor == 1 ? tensor : FoldIntoQuery(tensor, factor, config.HiddenSize));
        }
    }

    /// <summary>Multiplies the query columns, the first third.</summary>
    private static Tensor FoldIntoQuery(Tensor tensor, double factor, int width)
    {
        var folded = tensor.detach().clone();
        var query = folded.narrow(-1, 0, width);
        query.copy_(query.Times(factor));
        return folded;
    }

    private static JsonObject GenerationConfig(JsonObject? reference, int? endOfText) => new()
    {
        ["_from_model_config"] = true,
        ["bos_token_id"] = reference?["bos_token_id"]?.DeepClone() ?? endOfText,
        ["eos_token_id"] = reference?["eos_token_id"]?.DeepClone() ?? endOfText,
    };

    private static (ScalarType Type, string Name) TypeOf(ExportPrecision precision) => precision switch
    {
        ExportPrecision.BFloat16 => (ScalarType.BFloat16, "bfloat16"),
        ExportPrecision.Float16 => (ScalarType.Float16, "float16"),
        _ => (ScalarType.Float32, "float32"),
    };

    private static void Copy(IObjectStore from, string file, IObjectStore output)
    {
        using var source = from.OpenRead(file);
        output.Write(HuggingFaceNames.GetValueOrDefault(file, file), source.CopyTo);
    }

    /// <summary>As <see cref="Copy"/>; byte by byte where nothing is to be changed.</summary>
    private static void CopyChanged(IObjectStore from, string file, Action<JsonObject> change, IObjectStore output)
    {
        var before = JsonFields.Parse(Checkpoint.ReadAll(from, file), $"{from.Location}/{file}");
        var after = before.DeepClone().AsObject();
        change(after);
        if (before.ToJsonString() == after.ToJsonString()) Copy(from, file, output);
        else WriteJson(output, file, after);
    }

    private static void WriteJson(IObjectStore output, string key, JsonObject json) =>
        output.Write(key, stream => JsonSerializer.Serialize(stream, json, Indented));
}
