using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Trainer.Models;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Translates between a Hugging Face <c>config.json</c> and <see cref="ModelConfig"/>.</summary>
public static class HuggingFaceConfig
{
    /// <summary>Reads a configuration. What this program would compute differently from transformers is refused.</summary>
    /// <param name="json">The parsed file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="hasEnding">Whether the checkpoint has a tensor whose name ends so: GPT-2's config does not say whether there are biases.</param>
    public static ModelConfig Parse(JsonObject json, string path, Func<string, bool> hasEnding)
    {
        var fields = new JsonFields(json, path);
        return fields.Text("model_type") switch
        {
            "gpt2" => ParseGpt2(fields, hasEnding),
            "llama" => ParseLlama(fields),
            var other => throw fields.Refuse("model_type", other ?? "", "is not supported; use a model of type gpt2 or llama"),
        };
    }

    /// <summary>The configuration of an exported model, which transformers loads without flags.</summary>
    /// <param name="config">The model; its attention scale counts as folded into the weights.</param>
    /// <param name="reference">The reference's configuration, whose other entries are kept, or null.</param>
    /// <param name="endOfText">Id of the token that ends a document, for models without a reference.</param>
    /// <param name="dtype">Number format of the weights as PyTorch names it.</param>
    public static JsonObject ForExport(ModelConfig config, JsonObject? reference, int? endOfText, string dtype)
    {
        var json = (JsonObject?)reference?.DeepClone() ?? Fresh(config, endOfText);
        if (config.Family == ModelFamily.GPT2)
        {
            json["n_layer"] = config.Layers;
            json["scale_attn_weights"] = true;
            json["scale_attn_by_inverse_layer_idx"] = false;
        }
        else
        {
            json["num_hidden_layers"] = config.Layers;
            PortableSettings.MakeRotary(json);
        }

        // A head that differs from the embedding counts more than the reference's flag; a missing flag means another thing in each family.
        json["tie_word_embeddings"] = config.TiedHead;

        // transformers 4 reads the first name, 5 both.
        json["torch_dtype"] = dtype;
        json["dtype"] = dtype;
        PortableSettings.MakeTokens(json, config.VocabularySize);
        PortableSettings.MakeTokenizer(json, hasTokenizerJson: true);
        foreach (var field in Quantization.Fields) json.Remove(field);

        // Says where the reference was loaded from.
        json.Remove("_name_or_path");
        return json;
    }

    private static ModelConfig ParseGpt2(JsonFields fields, Func<string, bool> hasEnding)
    {
        var width = fields.Int("n_embd");
        var heads = fields.Int("n_head");
        if (width % heads != 0) throw fields.Refuse("n_head", $"{heads}", $"must divide n_embd, {width}");
        if (fields.Flag("add_cross_attention", false)) throw fields.Refuse("add_cross_attention", "true", "is not supported; use a decoder without cross-attention");
        return new ModelConfig
        {
            Family = ModelFamily.GPT2,
            Layers = fields.Int("n_layer"),
            HiddenSize = width,
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = width / heads,
            IntermediateSize = fields.OptionalInt("n_inner") ?? 4 * width,
            ContextLength = fields.OptionalInt("n_positions") ?? fields.Int("n_ctx"),
            VocabularySize = fields.Int("vocab_size"),
            NormEpsilon = fields.OptionalReal("layer_norm_epsilon") ?? 1e-5,
            Activation = ParseActivation(fields, "activation_function", "gelu_new"),
            TiedHead = fields.Flag("tie_word_embeddings", true),
            InitializerRange = fields.OptionalReal("initializer_range") ?? 0.02,
            AttentionBias = hasEnding(".attn.c_attn.bias"),
            MlpBias = hasEnding(".mlp.c_fc.bias"),
            NormBias = hasEnding(".ln_1.bias"),
            ScaleAttention = fields.Flag("scale_attn_weights", true),
            ScaleAttentionByInverseLayer = fields.Flag("scale_attn_by_inverse_layer_idx", false),
        };
    }

    private static ModelConfig ParseLlama(JsonFields fields)
    {
        var width = fields.Int("hidden_size");
        var heads = fields.Int("num_attention_heads");
        var keyValueHeads = fields.OptionalInt("num_key_value_heads") ?? heads;
        if (heads % keyValueHeads != 0) throw fields.Refuse("num_key_value_heads", $"{keyValueHeads}", $"must divide num_attention_heads, {heads}");
        var headSize = fields.OptionalInt("head_dim") ?? width / heads;
        if (headSize % 2 != 0) throw fields.Refuse("head_dim", $"{headSize}", "must be even for rotary positions");
        return new ModelConfig
        {
            Family = ModelFamily.Llama,
            Layers = fields.Int("num_hidden_layers"),
            HiddenSize = width,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            IntermediateSize = fields.Int("intermediate_size"),
            ContextLength = fields.OptionalInt("max_position_embeddings") ?? 2048,
            VocabularySize = fields.Int("vocab_size"),
            NormEpsilon = fields.OptionalReal("rms_norm_eps") ?? 1e-6,
            Activation = ParseActivation(fields, "hidden_act", "silu"),
            TiedHead = fields.Flag("tie_word_embeddings", false),
            InitializerRange = fields.OptionalReal("initializer_range") ?? 0.02,
            AttentionBias = fields.Flag("attention_bias", false),
            MlpBias = fields.Flag("mlp_bias", false),
            Rotary = ParseRotary(fields),
        };
    }

    /// <summary>transformers 4 writes rope_theta and rope_scaling side by side, transformers 5 one object rope_parameters; some files have all.</summary>
    private static RotaryConfig ParseRotary(JsonFields fields)
    {
        var theta = fields.OptionalReal("rope_theta");
        var (old, now) = (fields.Object("rope_scaling"), fields.Object("rope_parameters"));
        var rotary = ParseRotary(fields, old ?? now, theta);
        if (rotary != ParseRotary(fields, now ?? old, theta) || (theta is { } given && given != rotary.Theta))
            throw fields.Refuse("rope_parameters, rope_scaling, rope_theta", fields.Describe("rope_parameters", "rope_scaling", "rope_theta"), "disagree, and versions of transformers differ in which they believe; keep those that the model was trained with");
        return rotary;
    }

    private static RotaryConfig ParseRotary(JsonFields fields, JsonFields? rope, double? outerTheta)
    {
        var theta = rope?.OptionalReal("rope_theta") ?? outerTheta ?? 10000;
        if ((rope?.OptionalReal("partial_rotary_factor") ?? fields.OptionalReal("partial_rotary_factor")) is { } part and not 1)
            throw fields.Refuse("partial_rotary_factor", $"{part}", "is not supported; only models that rotate whole heads are");

        return (rope?.Text("rope_type") ?? rope?.Text("type")) switch
        {
            null or "default" => new RotaryConfig(theta),
            "llama3" => new RotaryConfig(theta, new Llama3Scaling(
                Required("factor"), Required("low_freq_factor"), Required("high_freq_factor"), Required("original_max_position_embeddings"))),
            var other => throw fields.Refuse("rope_scaling.rope_type", other, "is not supported; use a model with rope_type default or llama3"),
        };

        double Required(string name) => rope!.OptionalReal(name) ?? throw fields.Refuse($"rope_scaling.{name}", "", "is missing");
    }

    private static Activation ParseActivation(JsonFields fields, string field, string otherwise) => (fields.Text(field) ?? otherwise) switch
    {
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => Activation.GeluTanh,
        "gelu" => Activation.Gelu,
        "relu" => Activation.Relu,
        "silu" or "swish" => Activation.Silu,
        var other => throw fields.Refuse(field, other, "is not supported; use gelu_new, gelu_pytorch_tanh, gelu, relu or silu"),
    };

    private static JsonObject Fresh(ModelConfig c, int? endOfText)
    {
        var json = c.Family == ModelFamily.GPT2
            ? new JsonObject
            {
                ["architectures"] = new JsonArray("GPT2LMHeadModel"),
                ["model_type"] = "gpt2",
                ["n_embd"] = c.HiddenSize,
                ["n_head"] = c.Heads,
                ["n_inner"] = c.IntermediateSize,
                ["n_positions"] = c.ContextLength,
                ["n_ctx"] = c.ContextLength,
                ["layer_norm_epsilon"] = c.NormEpsilon,
                ["activation_function"] = "gelu_new",
            }
            : new JsonObject
            {
                ["architectures"] = new JsonArray("LlamaForCausalLM"),
                ["model_type"] = "llama",
                ["hidden_size"] = c.HiddenSize,
                ["num_attention_heads"] = c.Heads,
                ["num_key_value_heads"] = c.KeyValueHeads,
                ["head_dim"] = c.HeadSize,
                ["intermediate_size"] = c.IntermediateSize,
                ["max_position_embeddings"] = c.ContextLength,
                ["rms_norm_eps"] = c.NormEpsilon,
                ["hidden_act"] = "silu",
                ["rope_theta"] = (c.Rotary ?? new RotaryConfig()).Theta,
            };
        json["vocab_size"] = c.VocabularySize;
        json["tie_word_embeddings"] = c.TiedHead;
        json["initializer_range"] = c.InitializerRange;
        json["bos_token_id"] = endOfText;
        json["eos_token_id"] = endOfText;
        json["use_cache"] = true;
        return json;
    }
}
