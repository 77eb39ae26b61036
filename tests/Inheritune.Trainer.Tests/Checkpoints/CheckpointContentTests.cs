using System.Text.Json.Nodes;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Checkpoints;

/// <summary>What the tensors say counts more than what the configuration says of them.</summary>
public sealed class CheckpointContentTests
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1060544\n";

    public static TheoryData<string> Families => ["GPT2", "Llama"];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_head_that_differs_from_a_tied_embedding_is_used_and_one_that_does_not_is_not(string family)
    {
        using var folder = new ReferenceFolder(ReferenceFolder.Config(family));
        var (embedding, head) = ReferenceFolder.Tables(family);
        var ids = TinyModels.Ids(ReferenceFolder.Config(family), 1, 12);
        using var tied = folder.Load();
        var expected = tied.Logits(ids);

        folder.Tensors[head] = folder.Tensors[embedding].clone();
        using var same = folder.Save().Load();
        Assert.True(same.Config.TiedHead);
        Assert.Empty(folder.Status.Warnings);

        // Three times the head gives three times the logits.
        folder.Tensors[head] = folder.Tensors[embedding] * 3;
        using var other = folder.Save().Load();
        Assert.False(other.Config.TiedHead);
        Assert.True(other.Logits(ids).allclose(expected * 3, 1e-5, 1e-5));
        Assert.Contains("lm_head.weight differs", Assert.Single(folder.Status.Warnings), StringComparison.Ordinal);

        folder.Tensors[head] = folder.Tensors[embedding].clone();
        folder.Tensors[head][96, 31] = 7;
        Assert.False(folder.Save().Open().Config.TiedHead);
        folder.Delete("model.safetensors");

        // Without a word in the file, GPT-2 is tied and Llama is not.
        folder.Change("config.json", json => json.Remove("tie_word_embeddings"));
        Assert.False(folder.Save().Open().Config.TiedHead);
        folder.Tensors[head] = folder.Tensors[embedding].clone();
        Assert.Equal(family == "GPT2", folder.Save().Open().Config.TiedHead);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void The_one_table_of_a_tied_model_may_be_stored_as_its_head(string family)
    {
        using var folder = new ReferenceFolder(ReferenceFolder.Config(family));
        var (embedding, head) = ReferenceFolder.Tables(family);
        using var before = folder.Load();
        folder.Tensors.Remove(embedding, out var table);
        folder.Tensors[head] = table!;
        using var after = folder.Save().Load();
        var ids = TinyModels.Ids(before.Config, 1, 12);
        Assert.True(before.Logits(ids).equal(after.Logits(ids)).all().item<bool>());
        Assert.Empty(folder.Status.Warnings);
    }

    [Fact]
    public void A_glance_at_a_large_head_is_short_and_a_whole_look_finds_the_last_number()
    {
        using var folder = new ReferenceFolder(TinyModels.Gpt2(1) with { VocabularySize = 40_000 });
        folder.Tensors["lm_head.weight"] = folder.Tensors["transformer.wte.weight"].clone();
        folder.Tensors["lm_head.weight"][20_001, 3] = 7;
        folder.Save();
        Assert.True(folder.Open(glance: true).Config.TiedHead);
        Assert.False(folder.Open().Config.TiedHead);
        folder.Tensors["lm_head.weight"][0, 0] = 7;
        Assert.False(folder.Save().Open(glance: true).Config.TiedHead);
    }

    [Theory]
    [InlineData("""{"rope_theta": 500000.0}""", 500000)]
    [InlineData("""{"rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"}}""", 500000)]
    [InlineData("""{"rope_theta": 500000, "rope_scaling": null, "rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"}}""", 500000)]
    [InlineData("""{"rope_theta": 500000, "rope_scaling": {"type": "default"}, "rope_parameters": {"rope_type": "default"}}""", 500000)]
    [InlineData("""{"rope_scaling": {}}""", 10000)]
    [InlineData("""{"rope_theta": 10000.0, "rope_parameters": {"rope_theta": 500000.0}}""", null)]
    [InlineData("""{"rope_theta": 10000.0, "rope_scaling": {"rope_theta": 500000.0, "rope_type": "default"}}""", null)]
    [InlineData("""{"rope_scaling": {"rope_type": "default"}, "rope_parameters": {"rope_theta": 500000.0}}""", null)]
    [InlineData("""{"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}, "rope_parameters": {"rope_type": "default"}}""", null)]
    public void Two_spellings_of_the_rotary_embedding_have_to_agree(string given, int? theta)
    {
        using var folder = new ReferenceFolder(TinyModels.Llama(1));
        folder.Change("config.json", json =>
        {
            foreach (var name in new[] { "rope_theta", "rope_scaling", "rope_parameters" }) json.Remove(name);
            foreach (var (name, value) in JsonNode.Parse(given)!.AsObject()) json[name] = value?.DeepClone();
        });
        if (theta is { } expected) Assert.Equal(new RotaryConfig(expected), folder.Open().Config.Rotary);
        else folder.ShouldFail(() => folder.Open(), "config.json", "rope_parameters", "disagree");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Blocks_beyond_the_configured_depth_are_refused_with_both_numbers(string family)
    {
        using var folder = new ReferenceFolder(ReferenceFolder.Config(family));
        var field = family == "GPT2" ? "n_layer" : "num_hidden_layers";
        folder.Change("config.json", json => json[field] = 2);
        folder.ShouldFail(() => folder.Open(), $"{field} 2", "there are 4 blocks");
        folder.Change("config.json", json => json[field] = int.MaxValue);
        folder.ShouldFail(() => folder.Open(), $"{field}: '2147483647'", "larger than in any model");
    }

    [Fact]
    public void Tensors_without_a_use_are_named_once_and_stored_constants_are_not()
    {
        using var folder = new ReferenceFolder(TinyModels.Gpt2());
        folder.Tensors["transformer.h.1.attn.bias"] = ones(1, 1, 24, 24);
        folder.Tensors["transformer.h.1.attn.masked_bias"] = ones(1);
        Assert.NotNull(folder.Save().Open());
        Assert.Empty(folder.Status.Warnings);

        folder.Tensors["transformer.h.1.attn.c_attn.lora_A.weight"] = ones(2, 2);
        folder.Tensors["score.weight"] = ones(2, 2);
        Assert.NotNull(folder.Save().Open());
        var warning = Assert.Single(folder.Status.Warnings);
        Assert.Contains("no use for 2 of", warning, StringComparison.Ordinal);
        Assert.Contains("'score.weight', 'transformer.h.1.attn.c_attn.lora_A.weight'", warning, StringComparison.Ordinal);
        Assert.Contains("merge it and save", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GPT2", "_orig_mod.{0}")]
    [InlineData("GPT2", "module.{0}")]
    [InlineData("Llama", "module._orig_mod.{0}")]
    [InlineData("Llama", "_orig_mod.module.{0}")]
    [InlineData("Llama", "base_model.model.{0}")]
    [InlineData("Llama", "model.{0}")]
    [InlineData("GPT2", "model._orig_mod.{0}")]
    public void What_wrapped_a_model_when_it_was_saved_does_not_matter(string family, string pattern)
    {
        using var folder = new ReferenceFolder(ReferenceFolder.Config(family));
        using var before = folder.Load();
        folder.Tensors = folder.Tensors.ToDictionary(p => string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, p.Key), p => p.Value);
        using var after = folder.Save().Load();
        var ids = TinyModels.Ids(before.Config, 1, 12);
        Assert.True(before.Logits(ids).equal(after.Logits(ids)).all().item<bool>());
        Assert.Empty(folder.Status.Warnings);
    }

    [Fact]
    public void Blocks_that_were_compiled_one_by_one_are_read()
    {
        using var folder = new ReferenceFolder(TinyModels.Llama());
        folder.Tensors = folder.Tensors.ToDictionary(p => p.Key.Replace(".mlp.", "._orig_mod.mlp.", StringComparison.Ordinal), p => p.Value);
        Assert.NotNull(folder.Save().Open());
        Assert.Empty(folder.Status.Warnings);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("generation_config.json")]
    public void A_pointer_of_Git_LFS_is_named_with_the_remedy(string file)
    {
        using var folder = new ReferenceFolder(TinyModels.Llama());
        folder.Write(file, Pointer);
        folder.ShouldFail(() => folder.Open(), file, "Git LFS pointer", "git lfs pull");
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer.model")]
    [InlineData("tokenizer_config.json")]
    public void A_pointer_of_Git_LFS_in_place_of_a_tokenizer_is_named(string file)
    {
        using var folder = new ReferenceFolder(TinyModels.Llama());
        folder.Write(file, Pointer);
        folder.ShouldFail(() => TokenizerFactory.Load(folder.Store, "uri"), file, "Git LFS pointer", "git lfs pull");
    }

    [Theory]
    [InlineData("PK\u0003\u0004 and the rest of a zip archive", "pickled")]
    [InlineData("<!DOCTYPE html><html><body>Log in</body></html>", "web page")]
    [InlineData("GGUF\u0003\0\0\0 and the rest of it", "GGUF")]
    public void Another_format_under_the_name_is_named(string content, string said)
    {
        using var folder = new ReferenceFolder(TinyModels.Llama());
        folder.Write("model.safetensors", content);
        folder.ShouldFail(() => folder.Open(), "model.safetensors", said);
    }

    [Theory]
    [InlineData("F8_E4M3", "", "FP8")]
    [InlineData("U8", "", "8-bit integers")]
    [InlineData("I32", ".qweight", "GPTQ or AWQ")]
    [InlineData("U8", ".weight.absmax", "bitsandbytes")]
    [InlineData("I8", ".SCB", "bitsandbytes, 8 bits")]
    public void Quantized_weights_are_named_with_what_to_do(string dtype, string ending, string method)
    {
        using var folder = new ReferenceFolder(TinyModels.Llama(1));
        folder.SaveZeros([.. TinyModels.Llama(1).Parameters().Select(p =>
            !p.Name.Contains("_proj", StringComparison.Ordinal) ? (p.Name, "F32", p.Shape)
            : ending.Length == 0 ? (p.Name, dtype, p.Shape)
            : (p.Name.Replace(".weight", ending, StringComparison.Ordinal), dtype, p.Shape))]);
        folder.ShouldFail(() => folder.Open(), "_proj.weight", $"quantized ({method}", "dequantize()");
        folder.Change("config.json", json => json["quantization_config"] = new JsonObject { ["quant_method"] = "awq" });
        folder.ShouldFail(() => folder.Open(), "quantized (awq)");
    }

    [Fact]
    public void What_is_left_of_a_quantization_is_ignored_and_said()
    {
        using var folder = new ReferenceFolder(TinyModels.Llama());
        folder.Change("config.json", json => json["quantization_config"] = new JsonObject { ["quant_method"] = "fp8" });
        Assert.NotNull(folder.Open());
        Assert.Contains("quantized weights (quantization_config: fp8)", Assert.Single(folder.Status.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_is_no_model_and_beside_one_it_is_not_applied()
    {
        using var folder = new ReferenceFolder(TinyModels.Llama());
        folder.Write("adapter_config.json", """{"peft_type": "LORA", "base_model_name_or_path": "meta-llama/Llama-2-7b"}""");
        folder.Write("adapter_model.safetensors", "x");
        Assert.NotNull(folder.Open());
        Assert.Contains("a LoRA adapter of meta-llama/Llama-2-7b, lies beside the weights and is not applied", Assert.Single(folder.Status.Warnings), StringComparison.Ordinal);

        folder.Delete("model.safetensors");
        folder.ShouldFail(() => folder.Open(), "a LoRA adapter of meta-llama/Llama-2-7b, and no model", "merge it and save");
        folder.Delete("config.json");
        folder.ShouldFail(() => folder.Open(), "adapter_model.safetensors", "a LoRA adapter of meta-llama/Llama-2-7b, and no model", "merge it and save");
    }

    [Fact]
    public void A_model_with_an_adapter_inside_is_named()
    {
        using var folder = new ReferenceFolder(TinyModels.Llama());
        var changed = folder.Tensors.ToDictionary(p => "base_model.model." + p.Key.Replace("q_proj.weight", "q_proj.base_layer.weight", StringComparison.Ordinal), p => p.Value);
        changed["base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight"] = ones(2, 2);
        folder.Tensors = changed;
        folder.ShouldFail(() => folder.Save().Open(), "LoRA adapter that is not merged", "merge it and save");
    }

    [Theory]
    [InlineData(ScalarType.Float32, float.NaN)]
    [InlineData(ScalarType.Float16, float.PositiveInfinity)]
    [InlineData(ScalarType.BFloat16, float.NegativeInfinity)]
    public void A_number_that_is_none_is_named_with_its_place(ScalarType type, float value)
    {
        // Of several pieces: the place counts from the beginning of the tensor.
        using var folder = new ReferenceFolder(TinyModels.Llama(2) with { VocabularySize = 140_000 });
        folder.Tensors["model.embed_tokens.weight"][139_998, 5] = value;
        folder.Tensors["model.embed_tokens.weight"][139_999, 31] = value;
        folder.Save(type);
        folder.ShouldFail(() => folder.Load(), "model.safetensors", "2 of 4,480,000 numbers of tensor 'model.embed_tokens.weight'", "the first at [139998, 5]");
    }

    [Fact]
    public void Of_a_damaged_block_that_is_dropped_it_is_said_that_only_the_reference_suffers()
    {
        using var folder = new ReferenceFolder(TinyModels.Gpt2());
        var plan = InheritancePlan.For(TinyModels.Gpt2(), new() { Layers = 2 });
        folder.Tensors["transformer.h.3.mlp.c_fc.weight"][1, 2] = float.NaN;
        folder.Save();
        folder.ShouldFail(() => folder.Load(plan), "'transformer.h.3.mlp.c_fc.weight'", "the first at [1, 2]", "the reference's loss only");

        using var target = Target.Allocate(plan.Target, CPU);
        Assert.NotNull(Target.Fill(target, plan, folder.Open(), 1, folder.Status, CancellationToken.None));
    }
}
