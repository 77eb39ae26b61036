using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>Packed data holds ids, so that a reference without a tokenizer, or with one of an unknown kind, will do.</summary>
[Collection(nameof(OneAtATime))]
public sealed class NoTokenizerTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public void Packed_data_is_evaluated_and_trained_on_without_a_tokenizer()
    {
        var loss = Evaluate("data.bin").ShouldSucceed().Json.GetProperty("loss").GetDouble();
        RemoveTokenizer();
        Assert.Equal(loss, Evaluate("data.bin").ShouldSucceed().Json.GetProperty("loss").GetDouble());
        Assert.Equal("none", CommandLine.Run("inspect", _work.Reference, "-o", "json").ShouldSucceed().Json.GetProperty("tokenizer").GetProperty("description").GetString());

        Assert.Contains("has no tokenizer", Call("preflight").ShouldSucceed().Error, StringComparison.Ordinal);
        Assert.Contains("its report has no samples", Call("run").ShouldSucceed().Error, StringComparison.Ordinal);
        Assert.Equal(["README.md", "config.json", "generation_config.json", "model.safetensors", "provenance.json"], Directory.GetFiles(_work.File("out/model")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("AutoTokenizer", _work.Text("out/model/README.md"), StringComparison.Ordinal);
        Assert.Contains("none, so that there are no samples", _work.Text("out/report.html"), StringComparison.Ordinal);
        CommandLine.Run("evaluate", _work.File("out/model"), "--dataset", _work.File("data.bin"), "--device", "cpu", "-o", "json").ShouldSucceed();
    }

    [Fact]
    public void A_tokenizer_of_an_unknown_kind_matters_to_text_only()
    {
        _work.Write("reference/tokenizer.json", """{"model":{"type":"Unigram","vocab":[]}}""");
        Evaluate("data.bin").ShouldSucceed();
        _work.Write("a.txt", "the cat");
        Evaluate("a.txt").ShouldFail(ExitCode.InvalidInput, "tokenizer.json has the model Unigram");
        _work.Write("reference/tokenizer.json", "{");
        Evaluate("data.bin").ShouldFail(ExitCode.InvalidInput, "tokenizer.json: damaged");
    }

    [Fact]
    public void Text_and_tasks_need_a_tokenizer_and_the_preflight_says_so()
    {
        RemoveTokenizer();
        _work.Write("a.txt", string.Concat(Enumerable.Repeat("the cat sat on the mat. ", 100)));
        Evaluate("a.txt").ShouldFail(ExitCode.InvalidInput, "has no tokenizer; looked for");
        CommandLine.Run("generate", _work.Reference, "--prompt", "the", "--device", "cpu").ShouldFail(ExitCode.InvalidInput, "has no tokenizer; looked for");
        _work.Write("tasks/lambada_openai.jsonl", """{"text": "a b"}""");
        Call("preflight", "--set", "evaluation.tasks=lambada_openai", "--set", $"evaluation.dataUri={_work.File("tasks")}").ShouldFail(ExitCode.InvalidInput, "spec.reference.uri", "has no tokenizer");
        Call("preflight", "--set", $"dataset.validationUri={_work.File("a.txt")}").ShouldFail(ExitCode.InvalidInput, "has no tokenizer");
    }

    private void RemoveTokenizer()
    {
        foreach (var file in new[] { "tokenizer.json", "tokenizer_config.json" }) File.Delete(_work.File($"reference/{file}"));
    }

    private CommandResult Evaluate(string dataset) => CommandLine.Run("evaluate", _work.Reference, "--dataset", _work.File(dataset), "--device", "cpu", "-o", "json");

    private CommandResult Call(string verb, params string[] more) => CommandLine.Run([verb, _work.Manifest, "--device", "cpu", "-o", "json", .. more]);
}
