using System.Diagnostics;
using static Inheritune.EndToEnd.Tests.Commands.ReportedCases;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>Inputs that users of neighbouring tools reported trouble with, and what is right of each.</summary>
[Collection(nameof(OneAtATime))]
public sealed class ReportedCasesTests(ReportedCases cases) : IClassFixture<ReportedCases>
{
    private const string Eval = "eval.txt";

    private static readonly string Llama = TestData.Path("checkpoints/stories260K"), Gpt2 = TestData.Path("checkpoints/gpt2-gutenberg-8l");

    private static readonly Dictionary<string, Action<ReportedCases>> Right = new()
    {
        ["hub-snapshot"] = cases => cases.Run("hub-snapshot/run.yaml"),
        ["linked-text"] = cases =>
        {
            double Linked() => cases.Loss(Llama, "linked-text/links/a.txt");
            Assert.Equal(cases.Loss(Llama, "linked-text/first.txt"), Linked());
            File.Copy(cases["linked-text/second.txt"], cases["linked-text/current.txt"], overwrite: true);
            Assert.Equal(cases.Loss(Llama, "linked-text/second.txt"), Linked());
        },
        ["not-a-number"] = cases =>
        {
            foreach (var (name, layer) in new[] { ("inherited", 0), ("dropped", 4) })
                Refused(cases.Evaluate($"not-a-number/{name}", Eval), UpProjection(layer));
            Refused(Call("run", cases["not-a-number/inherited.yaml"]), UpProjection(0));
            Said(Call("run", cases["not-a-number/dropped.yaml"]), UpProjection(4));
        },
        ["nanogpt-folder"] = cases =>
        {
            if (Call("run", cases["nanogpt-folder/run.yaml"]) is { Code: 0 } run) Said(run, @"val\.bin.*(left out|not trained on)|(left out|leaves out|not trained on).*val\.bin");
            else Refused(Call("run", cases["nanogpt-folder/run.yaml"]), @"val\.bin");
        },
        ["same-text-twice"] = cases => Refused(Call("run", cases["same-text-twice/run.yaml"]), @"a\.txt"),
        ["tied-flag-own-head"] = cases =>
        {
            double Loss(string name) => cases.Loss($"tied-flag-own-head/{name}", Eval);
            Assert.Equal(Loss("untied"), Loss("other"));
            Assert.Equal(Loss("none"), Loss("same"));
            Assert.NotEqual(Loss("none"), Loss("other"), 0.1);
            cases.Run("tied-flag-own-head/run.yaml");
            Assert.False((bool)cases.Json("tied-flag-own-head/out/model/config.json")["tie_word_embeddings"]!);
        },
        ["litgpt-packed"] = cases =>
        {
            foreach (var model in new[] { Llama, "litgpt-packed/wide" }) Refused(cases.Evaluate(model, "litgpt-packed/train_0000000000.bin"), "lit-?gpt|LITPKDS");
        },
        ["stale-quantization-config"] = cases =>
        {
            foreach (var name in new[] { "fp8", "bnb" })
            {
                Said(cases.Run($"stale-quantization-config/{name}.yaml"), "quantization_config");
                Assert.Null(cases.Json($"stale-quantization-config/out-{name}/model/config.json")["quantization_config"]);
            }
        },
        ["pad-beyond-vocabulary"] = cases => cases.Run("pad-beyond-vocabulary/run.yaml"),
        ["long-pieces"] = cases =>
        {
            foreach (var (name, model) in new[] { ("letters-1mb", Gpt2), ("letters-1mb", Llama), ("acgt-300kb", Llama), ("spaces-300kb", Gpt2), ("spaces-300kb", Llama) })
            {
                var clock = Stopwatch.StartNew();
                Call("tokenize", model, "--dataset", cases[$"long-pieces/{name}.txt"], "--to", cases[$"long-pieces/{name}-{Path.GetFileName(model)}.bin"]).ShouldSucceed();
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{name} takes {clock.Elapsed} with {model}");
            }
        },
        ["hidden-files"] = cases => Assert.Equal(cases.Loss(Llama, "hidden-files/data/a.txt"), cases.Loss(Llama, "hidden-files/data")),
        ["compressed"] = cases =>
        {
            Said(cases.Evaluate(Llama, "compressed/mix").ShouldSucceed(), @"b\.jsonl\.gz");
            Refused(cases.Evaluate(Llama, "compressed/c.jsonl.gz"), "gzip|compress");
        },
        ["rope-parameters"] = cases =>
        {
            Assert.Equal(cases.Loss("rope-parameters/old", Eval), cases.Loss("rope-parameters/new", Eval));
            cases.Run("rope-parameters/run.yaml");
            var config = cases.Json("rope-parameters/out/model/config.json");
            Assert.Equal((500000.0, 500000.0), ((double)config["rope_theta"]!, (double)config["rope_parameters"]!["rope_theta"]!));
        },
        ["transformers-5-tokenizer-class"] = cases =>
        {
            cases.Run("transformers-5-tokenizer-class/run.yaml");
            Assert.Matches("^(PreTrainedTokenizerFast|GPT2Tokenizer(Fast)?)$", (string?)cases.Json("transformers-5-tokenizer-class/out/model/tokenizer_config.json")["tokenizer_class"]);
            var generation = cases.Json("transformers-5-tokenizer-class/out/model/generation_config.json").AsObject();
            Assert.True((bool?)generation["do_sample"] is true || !(generation.ContainsKey("temperature") || generation.ContainsKey("top_p")), $"{generation}");
        },
        ["lfs-pointer"] = cases =>
        {
            foreach (var name in new[] { "weights", "spm", "json" }) Refused(cases.Evaluate($"lfs-pointer/{name}", Eval), "LFS");
            Refused(cases.Evaluate(Llama, "lfs-pointer/data.txt"), "LFS");
        },
        ["prefixes"] = cases =>
        {
            foreach (var (name, prefix) in new[] { ("compiled", @"_orig_mod\."), ("parallel", @"module\.") })
                if (cases.Evaluate($"prefixes/{name}", Eval) is { Code: 0 } read) Assert.Equal(cases.Loss(Gpt2, Eval), read.Json.GetProperty("loss").GetDouble());
                else Refused(cases.Evaluate($"prefixes/{name}", Eval), prefix);
        },
        ["quantized"] = cases => Refused(cases.Evaluate("quantized/fp8", Eval), "quantized|FP8"),
        ["normalizations"] = cases =>
        {
            foreach (var (name, cause) in new[] { ("nfc", "NFC"), ("empty-sequence", "Sequence"), ("prefix-space", "add_prefix_space") })
                if (cases.Evaluate($"normalizations/{name}", Eval) is { Code: not 0 } refused) Refused(refused, cause);
                else if (name != "prefix-space") Assert.Equal(cases.Loss(Gpt2, Eval), cases.Loss($"normalizations/{name}", Eval));
        },
        ["jsonl-messages"] = cases =>
        {
            foreach (var name in new[] { "null", "array" }) Refused(cases.Evaluate(Llama, $"jsonl-messages/{name}.jsonl"), name == "null" ? @"(line |:)6\b.*text" : @"(line |:)6\b");
            foreach (var name in new[] { "nan-elsewhere", "deep" }) cases.Evaluate(Llama, $"jsonl-messages/{name}.jsonl").ShouldSucceed();
        },
    };

    /// <summary>One that is skipped where nothing makes them: a theory without data would count as failed.</summary>
    public static IEnumerable<TheoryDataRow<string>> Names => Maker is not null
        ? Right.Keys.Select(name => new TheoryDataRow<string>(name))
        : [new("none") { Skip = "needs Python 3 and the cases' make.py in shared/cases, which do not ship" }];

    [Theory, MemberData(nameof(Names))]
    public void What_was_reported_elsewhere_comes_out_right_here(string name) => Right[name](cases);

    private static string UpProjection(int layer) => $@"model\.layers\.{layer}\.mlp\.up_proj\.weight";
}
