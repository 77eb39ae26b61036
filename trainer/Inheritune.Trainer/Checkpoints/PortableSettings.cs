using System.Text.Json;
using System.Text.Json.Nodes;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Makes the settings of a model such that transformers 4 and 5 load them, save them again and understand the same.</summary>
internal static class PortableSettings
{
    /// <summary>What only sampling looks at, and only beam search; transformers refuses to save them for greedy generation.</summary>
    private static readonly string[] Sampling = ["temperature", "top_p", "top_k", "min_p", "top_h", "typical_p", "epsilon_cutoff", "eta_cutoff"];
    private static readonly string[] Beams = ["early_stopping", "length_penalty", "num_beam_groups", "diversity_penalty"];
    private static readonly string[] Outputs = ["output_attentions", "output_hidden_states", "output_scores", "output_logits"];
    private static readonly string[] Tokens = ["bos_token_id", "eos_token_id", "pad_token_id"];

    /// <summary><c>generation_config.json</c>: without what the way of generation that it chooses does not look at.</summary>
    public static void MakeGeneration(JsonObject json, int vocabularySize)
    {
        MakeTokens(json, vocabularySize);
        var (samples, beams) = (Is(json["do_sample"]), json["num_beams"] is JsonValue value && value.TryGetValue<int>(out var count) ? count : 1);
        if (!samples) Remove(json, Sampling);
        if (beams <= 1) Remove(json, Beams);
        if (!samples && beams <= 1) json.Remove("num_return_sequences");
        if (!Is(json["return_dict_in_generate"])) Remove(json, Outputs);
        if (json["use_cache"]?.GetValueKind() == JsonValueKind.False) Remove(json, ["cache_implementation", "cache_config"]);
    }

    /// <summary><c>tokenizer_config.json</c>: transformers 4 does not know the classes of version 5, nor its list of extra tokens.</summary>
    public static void MakeTokenizer(JsonObject json, bool hasTokenizerJson)
    {
        if (json["tokenizer_class"]?.ToString() is "TokenizersBackend" or "PythonBackend" or "SentencePieceBackend")
            json["tokenizer_class"] = hasTokenizerJson ? "PreTrainedTokenizerFast" : "LlamaTokenizer";
        if (json["extra_special_tokens"] is not JsonArray extra) return;
        json.Remove("extra_special_tokens");
        if (json["additional_special_tokens"] is null) json["additional_special_tokens"] = extra;
    }

    /// <summary>Ids as the strict types of transformers 5 have them: whole numbers of the vocabulary; it fails on others.</summary>
    public static void MakeTokens(JsonObject json, int vocabularySize)
    {
        foreach (var field in Tokens)
        {
            if (json[field] is not { } given) continue;
            int[] ids = [.. EndOfText.IdsOf(given, vocabularySize)];
            json[field] = ids switch
            {
                [] => null,
                [_, _, ..] when field == EndOfText.Field => new JsonArray([.. ids.Select(id => (JsonNode)id)]),
                [var id, ..] => id,
            };
        }
    }

    /// <summary>The rotary embedding in both spellings: <c>rope_theta</c> and <c>rope_scaling</c> for transformers 4, <c>rope_parameters</c> for 5.</summary>
    public static void MakeRotary(JsonObject json)
    {
        var given = ((json["rope_scaling"] is JsonObject { Count: > 0 } old ? old : json["rope_parameters"]) as JsonObject)?.DeepClone().AsObject() ?? [];
        var theta = given["rope_theta"] ?? json["rope_theta"] ?? 10000.0;
        var type = (given["rope_type"] ?? given["type"])?.ToString() ?? "default";
        given.Remove("rope_theta");
        given.Remove("type");
        given["rope_type"] = type;
        json["rope_theta"] = theta.DeepClone();
        json["rope_scaling"] = type == "default" ? null : given.DeepClone();
        given["rope_theta"] = theta.DeepClone();
        json["rope_parameters"] = given;
    }

    private static bool Is(JsonNode? flag) => flag?.GetValueKind() == JsonValueKind.True;

    private static void Remove(JsonObject json, IEnumerable<string> names)
    {
        foreach (var name in names) json.Remove(name);
    }
}
