using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Checkpoints;

/// <summary>What an export says is what both major versions of transformers read; that version 5 does is tested with it.</summary>
public sealed class ExportedSettingsTests : IDisposable
{
    private readonly TemporaryFolder _output = new();

    public void Dispose() => _output.Dispose();

    [Theory]
    [InlineData("""{"rope_theta": 500000.0}""", "default")]
    [InlineData("""{"rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"}}""", "default")]
    [InlineData("""{"rope_theta": 500000.0, "rope_scaling": {"type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}}""", "llama3")]
    [InlineData("""{"rope_parameters": {"rope_theta": 500000.0, "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}}""", "llama3")]
    public void The_rotary_embedding_stands_in_both_spellings(string given, string type)
    {
        using var folder = new ReferenceFolder(TinyModels.Llama(1));
        folder.Change("config.json", json =>
        {
            foreach (var name in new[] { "rope_theta", "rope_scaling", "rope_parameters" }) json.Remove(name);
            foreach (var (name, value) in JsonNode.Parse(given)!.AsObject()) json[name] = value?.DeepClone();
        });
        var config = Export(folder).AsObject();
        Assert.Equal("500000.0", config["rope_theta"]!.ToJsonString());
        Assert.Equal("500000.0", config["rope_parameters"]!["rope_theta"]!.ToJsonString());
        Assert.Equal(type, (string?)config["rope_parameters"]!["rope_type"]);
        Assert.Equal(type == "default" ? null : type, (string?)config["rope_scaling"]?["rope_type"]);
        Assert.Equal(type == "default" ? null : 8.0, (double?)config["rope_scaling"]?["factor"]);
        Assert.Equal(folder.Open().Config.Rotary, Checkpoint.Open(_output.Store, "uri").Config.Rotary);
    }

    [Fact]
    public void Number_format_head_and_quantization_are_those_of_the_export()
    {
        using var folder = new ReferenceFolder(TinyModels.Llama(1));
        folder.Tensors["lm_head.weight"] = ones(97, 32);
        folder.Save();
        folder.Change("config.json", json => (json["quantization_config"], json["dtype"], json["pad_token_id"], json["bos_token_id"]) = (new JsonObject { ["load_in_4bit"] = true }, "float16", 97, 1.0));
        var config = Export(folder);
        Assert.Equal(("float32", "float32"), ((string?)config["torch_dtype"], (string?)config["dtype"]));
        Assert.False((bool)config["tie_word_embeddings"]!);
        Assert.Null(config["quantization_config"]);
        Assert.Null(config["pad_token_id"]);
        Assert.Equal("1", config["bos_token_id"]!.ToJsonString());
        Assert.Contains(Checkpoint.Open(_output.Store, "uri").Tensors, tensor => tensor.Name == "lm_head.weight");
    }

    [Theory]
    [InlineData("""{"do_sample": false, "temperature": 0.9, "top_p": 0.6, "top_k": 3, "eos_token_id": 0}""", """{"do_sample": false, "eos_token_id": 0}""")]
    [InlineData("""{"do_sample": true, "temperature": 0.9, "top_p": 0.6, "num_return_sequences": 2}""", """{"do_sample": true, "temperature": 0.9, "top_p": 0.6, "num_return_sequences": 2}""")]
    [InlineData("""{"num_beams": 4, "early_stopping": true, "num_return_sequences": 2}""", """{"num_beams": 4, "early_stopping": true, "num_return_sequences": 2}""")]
    [InlineData("""{"early_stopping": true, "num_return_sequences": 2, "output_scores": true, "pad_token_id": -1}""", """{"pad_token_id": null}""")]
    [InlineData("""{"eos_token_id": [[1, 2.0], "x"], "bos_token_id": 0.0}""", """{"eos_token_id": [1, 2], "bos_token_id": 0}""")]
    public void Generation_settings_do_not_contradict_each_other(string given, string expected)
    {
        using var folder = new ReferenceFolder(TinyModels.Gpt2(1));
        folder.Write("generation_config.json", given);
        Export(folder);
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), JsonNode.Parse(_output.Text("generation_config.json"))!.ToJsonString());

        // What is right already is passed on byte by byte.
        if (given == expected) Assert.Equal(given, _output.Text("generation_config.json"));
    }

    [Theory]
    [InlineData("TokenizersBackend", "tokenizer.json", "PreTrainedTokenizerFast")]
    [InlineData("SentencePieceBackend", "tokenizer.model", "LlamaTokenizer")]
    [InlineData("GPT2Tokenizer", "tokenizer.json", "GPT2Tokenizer")]
    public void The_tokenizer_s_class_is_one_that_both_versions_know(string given, string file, string expected)
    {
        using var folder = new ReferenceFolder(TinyModels.Gpt2(1));
        folder.Write(file, "{}");
        folder.Write("tokenizer_config.json", $$"""{"tokenizer_class": "{{given}}", "model_max_length": 1000000000000000019884624838656, "extra_special_tokens": ["<a>"]}""");
        Export(folder);
        var json = JsonNode.Parse(_output.Text("tokenizer_config.json"))!;
        Assert.Equal(expected, (string?)json["tokenizer_class"]);
        Assert.Equal("1000000000000000019884624838656", json["model_max_length"]!.ToJsonString());
        Assert.Null(json["extra_special_tokens"]);
        Assert.Equal("<a>", (string?)json["additional_special_tokens"]![0]);
    }

    [Theory]
    [InlineData(70000f, ExportPrecision.Float16)]
    [InlineData(-65520f, ExportPrecision.Float16)]
    [InlineData(3.4e38f, ExportPrecision.BFloat16)]
    [InlineData(float.NaN, ExportPrecision.Float32)]
    public void A_number_that_the_format_cannot_hold_is_refused_before_anything_is_written(float value, ExportPrecision precision)
    {
        using var model = TinyModels.Create(TinyModels.Gpt2(2));
        using (no_grad()) model.Parameters["transformer.h.1.mlp.c_fc.weight"][3, 4] = value;
        var e = Assert.Throws<RunException>(() => HuggingFaceExporter.Write(model, null, _output.Store, 0, precision, _output.Store));
        Assert.Equal(ExitCode.InvalidInput, e.Code);
        foreach (var said in new[] { "spec.output.precision", $"{precision}", "'transformer.h.1.mlp.c_fc.weight'" }) Assert.Contains(said, e.Message, StringComparison.Ordinal);
        Assert.Empty(_output.Store.List(""));
    }

    [Fact]
    public void A_number_that_the_format_just_holds_is_exported()
    {
        using var model = TinyModels.Create(TinyModels.Gpt2(2));
        using (no_grad()) model.Parameters["transformer.h.1.mlp.c_fc.weight"][3, 4] = 65504;
        HuggingFaceExporter.Write(model, null, _output.Store, 0, ExportPrecision.Float16, _output.Store);
        Assert.NotNull(_output.Store.Stat("model.safetensors"));
    }

    private JsonNode Export(ReferenceFolder folder)
    {
        using var model = folder.Load();
        HuggingFaceExporter.Write(model, folder.Json("config.json"), folder.Store, null, ExportPrecision.Float32, _output.Store);
        return JsonNode.Parse(_output.Text("config.json"))!;
    }
}
