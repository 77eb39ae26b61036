using System.Text.Json.Nodes;
using Inheritune.Trainer;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>References that cannot work are refused from their headers, before anything is written.</summary>
[Collection(nameof(OneAtATime))]
public sealed class BadReferenceTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    private string Weights => _work.File("reference/model.safetensors");

    [Fact]
    public void A_folder_that_is_missing_or_has_no_config_is_refused()
    {
        Refuse("reference", "config.json", "Hugging Face", "--set", "reference.uri=/no/such/folder");
        File.Delete(_work.File("reference/config.json"));
        Refuse(_work.Reference, "config.json", "Hugging Face");
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.pt")]
    public void Pickled_weights_are_refused_with_the_way_to_convert_them(string name)
    {
        File.Move(Weights, _work.File($"reference/{name}"));
        Refuse(name, "pickled", "save_pretrained");
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        var whole = File.ReadAllBytes(Weights);
        foreach (var length in new[] { 0, 7, 100, whole.Length - 1 })
        {
            File.WriteAllBytes(Weights, whole[..length]);
            Refuse("model.safetensors", length < whole.Length - 1 ? $"{length}" : "lies outside of the file", "fetch the file again");
        }
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 62)]
    [InlineData(100_000_001UL)]
    [InlineData(50_000_000UL)]
    public void A_header_length_that_lies_is_refused(ulong length)
    {
        File.WriteAllBytes(Weights, [.. BitConverter.GetBytes(length), .. File.ReadAllBytes(Weights)[8..]]);
        Refuse("model.safetensors", $"{length}", "fetch the file again");
    }

    [Theory]
    [InlineData("\"data_offsets\":[0,", "\"data_offsets\":[4,", "does not fill its")]
    [InlineData("\"data_offsets\":[0,", "\"data_offsets\":[-8,", "lies outside of the file")]
    [InlineData("\"dtype\":\"F32\"", "\"dtype\":\"Q4\"", "unknown element type 'Q4'")]
    [InlineData("\"dtype\":\"F32\"", "\"dtype\":7", "not what the format prescribes")]
    [InlineData("\"dtype\":\"F32\"", "\"kind\":\"F32\"", "not what the format prescribes")]
    [InlineData("transformer.h.1.ln_1.weight", "transformer.h.0.ln_1.weight", "'transformer.h.0.ln_1.weight' stands in the header twice")]
    [InlineData("{", "[", "not what the format prescribes")]
    public void A_header_that_contradicts_itself_is_refused(string before, string after, string said)
    {
        _work.RewriteHeader(json => json[..json.IndexOf(before, StringComparison.Ordinal)] + after + json[(json.IndexOf(before, StringComparison.Ordinal) + before.Length)..]);
        Refuse("model.safetensors", said, "fetch the file again");
    }

    [Fact]
    public void Overlapping_tensors_and_tensors_beyond_the_end_are_refused()
    {
        JsonArray Offsets(JsonObject header, string name) => header[name]!["data_offsets"]!.AsArray();
        _work.RewriteHeader(json =>
        {
            var header = JsonNode.Parse(json)!.AsObject();
            header["transformer.h.1.ln_1.weight"]!["data_offsets"] = Offsets(header, "transformer.h.0.ln_1.weight").DeepClone();
            return header.ToJsonString();
        });
        Refuse("model.safetensors", "overlaps", "ln_1.weight");
        _work.RewriteHeader(json =>
        {
            var header = JsonNode.Parse(json)!.AsObject();
            header["transformer.h.1.ln_1.weight"]!["data_offsets"] = new JsonArray(1L << 40, (1L << 40) + 128);
            return header.ToJsonString();
        });
        Refuse("model.safetensors", "lies outside of the file", "1099511627776");
    }

    [Fact]
    public void Integer_weights_are_refused_with_tensor_and_type()
    {
        // A tensor of half the elements of twice the size fills the same bytes.
        _work.RewriteHeader(json =>
        {
            var header = JsonNode.Parse(json)!.AsObject();
            var tensor = header["transformer.h.0.ln_1.weight"]!;
            (tensor["dtype"], tensor["shape"]) = ("I64", new JsonArray(16));
            return header.ToJsonString();
        });
        Refuse("transformer.h.0.ln_1.weight", "[16]", "[32]");
        _work.RewriteHeader(json => json.Replace("\"F32\"", "\"I32\"", StringComparison.Ordinal));
        Refuse("type I32", "F32, F16 or BF16", "unquantized");
    }

    [Theory]
    [InlineData(0, "[1, 2]; fetch the file again")]
    [InlineData(3, "the reference's loss only")]
    public void A_number_that_is_none_is_refused_by_every_verb_that_reads_it_and_again(int block, string said)
    {
        var tensor = $"transformer.h.{block}.mlp.c_fc.weight";
        _work.SetWeight(tensor, 128 + 2, float.NaN);
        for (var i = 0; i < 2; i++) _work.Run().ShouldFail(ExitCode.InvalidInput, "model.safetensors", $"1 of 4,096 numbers of tensor '{tensor}'", said);
        CommandLine.Run("evaluate", _work.Reference, "--dataset", _work.File("data.bin"), "-o", "json").ShouldFail(ExitCode.InvalidInput, tensor);
        CommandLine.Run("generate", _work.Reference, "--prompt", "the").ShouldFail(ExitCode.InvalidInput, tensor);
    }

    /// <summary>The number is at a position that the run does not reach, so that it trains as ever.</summary>
    [Fact]
    public void A_weight_that_the_export_cannot_hold_is_refused_before_the_training_and_another_format_goes_on()
    {
        _work.SetWeight("transformer.wpe.weight", 23 * 32, 70_000);
        _work.Run("--set", "output.precision=Float16").ShouldFail(ExitCode.InvalidInput, "spec.output.precision", "'transformer.wpe.weight'", "70000", "BFloat16 or Float32");
        Assert.False(Directory.Exists(Path.Combine(_work.Output, "model")));
        _work.Run("--set", "output.precision=BFloat16").ShouldSucceed();
    }

    [Fact]
    public void A_missing_tensor_and_a_missing_shard_are_refused_by_name()
    {
        _work.RewriteHeader(json => json.Replace("transformer.h.3.ln_2.weight", "transformer.h.3.ln_9.weight", StringComparison.Ordinal));
        Refuse("transformer.h.3.ln_2.weight", "missing", "config.json");

        File.Delete(Weights);
        _work.Write("reference/model.safetensors.index.json", """{"weight_map": {"a": "model-00001-of-00002.safetensors"}}""");
        Refuse("model-00001-of-00002.safetensors", "no such file", "check");
    }

    [Theory]
    [InlineData("n_embd", "64", "shape", "config.json implies")]
    [InlineData("vocab_size", "299", "shape", "config.json implies")]
    [InlineData("n_layer", "9", "is missing", "transformer.h.4")]
    [InlineData("n_layer", "3", "n_layer 3", "there are 4 blocks")]
    [InlineData("n_layer", "-1", "n_layer", "above zero")]
    [InlineData("n_layer", "1.5", "n_layer", "whole number")]
    [InlineData("n_head", "5", "n_head", "must divide n_embd")]
    [InlineData("n_embd", "2147483648", "n_embd", "from 1 to 1048576")]
    [InlineData("n_embd", "536870912", "n_embd", "from 1 to 1048576")]
    [InlineData("n_layer", "2147483647", "n_layer", "from 1 to 4096")]
    [InlineData("n_positions", "2147483647", "n_positions", "from 1 to")]
    [InlineData("layer_norm_epsilon", "1e-60", "layer_norm_epsilon", "Float32")]
    [InlineData("n_embd", "null", "n_embd", "is missing")]
    [InlineData("n_embd", "{}", "n_embd", "single value")]
    [InlineData("model_type", "\"mamba\"", "mamba", "gpt2 or llama")]
    [InlineData("model_type", "7", "model_type", "must be a string")]
    [InlineData("activation_function", "\"swiglu\"", "swiglu", "gelu_new")]
    [InlineData("add_cross_attention", "true", "add_cross_attention", "not supported")]
    public void A_config_that_cannot_work_is_refused_by_field(string field, string value, string said, string remedy)
    {
        _work.SetConfig(field, JsonNode.Parse(value));
        Refuse(_work.Reference, said, remedy);
    }

    [Theory]
    [InlineData("""{"rope_type": "yarn", "factor": 4}""", "yarn", "llama3")]
    [InlineData("""{"type": "linear", "factor": 4}""", "linear", "llama3")]
    [InlineData("""{"rope_type": "llama3", "factor": 4}""", "low_freq_factor", "is missing")]
    public void An_unsupported_rotary_scaling_is_refused(string scaling, string said, string remedy)
    {
        _work.Write("reference/config.json", $$"""
            {"model_type": "llama", "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 4, "intermediate_size": 64, "vocab_size": 300, "rope_scaling": {{scaling}}}
            """);
        Refuse("config.json: rope_scaling", said, remedy);
    }

    [Theory]
    [InlineData("{ not json")]
    [InlineData("[1, 2]")]
    [InlineData("")]
    [InlineData("""{"model_type": "gpt2", "model_type": "gpt2"}""")]
    public void A_config_that_is_no_JSON_object_is_refused(string text)
    {
        _work.Write("reference/config.json", text);
        Refuse("config.json", "JSON", "fetch the file again");
    }

    [Fact]
    public void More_layers_than_the_reference_has_are_refused_with_its_depth() =>
        Refuse("spec.inherit.layers", "5", "from 1 to 4", "--set", "inherit.layers=5");

    [Fact]
    public void A_missing_or_damaged_tokenizer_is_refused()
    {
        _work.Write("reference/tokenizer.json", "{}");
        Refuse("tokenizer.json", "damaged", "again");
        File.Delete(_work.File("reference/tokenizer.json"));
        // Packed data would need none.
        CommandLine.Run("run", _work.Manifest, "--set", "dataset.uri=" + _work.Write("d.txt", "a b")).ShouldFail(ExitCode.InvalidInput, _work.Reference, "has no tokenizer", "Copy the tokenizer files");
    }

    [Fact]
    public void A_tokenizer_with_more_ids_than_the_model_is_refused_by_every_verb()
    {
        var words = string.Join(' ', Enumerable.Range(0, 400).SelectMany(i => new[] { $"w{i}x", $"w{i}x" }));
        BytePairTrainer.Train([words], 400, CancellationToken.None).Write(new FileStore(_work.Reference));
        Refuse("400", "300", "vocab_size");
        CommandLine.Run("inspect", _work.Reference).ShouldFail(ExitCode.InvalidInput, "400", "300", "vocab_size");
        CommandLine.Run("generate", _work.Reference, "--prompt", "w399x").ShouldFail(ExitCode.InvalidInput, "400", "300", "vocab_size");
        CommandLine.Run("evaluate", _work.Reference, "--dataset", _work.File("data.bin")).ShouldFail(ExitCode.InvalidInput, "400", "300", "vocab_size");
    }

    private void Refuse(string said, string alsoSaid, string remedy, params string[] more)
    {
        _work.Run(more).ShouldFail(ExitCode.InvalidInput, said, alsoSaid, remedy);
        Assert.False(Directory.Exists(_work.Output), "the output folder was made");
    }
}
