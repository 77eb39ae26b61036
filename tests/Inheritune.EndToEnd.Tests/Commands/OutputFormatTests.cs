using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>What programs that call this one can rely on. The run's own document is in <see cref="OutputFolderTests"/>.</summary>
[Collection(nameof(OneAtATime))]
public sealed class OutputFormatTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public void Inspect_evaluate_and_generate_write_one_JSON_document()
    {
        var inspected = CommandLine.Run("inspect", _work.Reference, "-o", "json").ShouldSucceed().Json;
        Assert.Equal(4, inspected.GetProperty("architecture").GetProperty("layers").GetInt32());
        Assert.Equal(64, inspected.GetProperty("digest").GetString()!.Length);

        var evaluated = CommandLine.Run("evaluate", _work.Reference, "--dataset", _work.File("data.bin"), "--device", "cpu", "-o", "json").ShouldSucceed().Json;
        Assert.Equal(1999, evaluated.GetProperty("tokens").GetInt64());
        Assert.Equal(Math.Exp(evaluated.GetProperty("loss").GetDouble()), evaluated.GetProperty("perplexity").GetDouble(), 1e-6);

        string[] generate = ["generate", _work.Reference, "--prompt", "the cat", "--tokens", "8", "--temperature", "0", "--device", "cpu", "-o", "json"];
        var generated = CommandLine.Run(generate).ShouldSucceed();
        Assert.NotEqual("", generated.Json.GetProperty("continuation").GetString());
        Assert.Equal(generated.Output, CommandLine.Run(generate).Output);
    }

    [Fact]
    public void Quickstart_writes_one_JSON_document()
    {
        // What is there already is not written again.
        _work.Write("quick/text/train.txt", "text");
        _work.Write("quick/text/validation.txt", "text");
        var document = CommandLine.Run("quickstart", "--text-only", "--folder", _work.File("quick"), "-o", "json").ShouldSucceed().Json;
        Assert.Equal(_work.File("quick/text"), document.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("inspect", "/no/such/model")]
    [InlineData("evaluate", "/no/such/model", "--dataset", "d.txt")]
    [InlineData("generate", "/no/such/model", "--prompt", "a")]
    [InlineData("run", "/no/such/run.yaml")]
    [InlineData("quickstart", "--device", "tpu")]
    [InlineData("inspect")]
    [InlineData("generate", "/no/such/model", "--prompt", "a", "--tokens", "few")]
    public void A_failure_is_one_JSON_document_with_the_exit_code(params string[] arguments)
    {
        var result = CommandLine.Run([.. arguments, "-o", "json"]);
        var error = result.Json.GetProperty("error");
        Assert.NotEqual(0, result.Code);
        Assert.Equal(result.Code, error.GetProperty("code").GetInt32());
        Assert.Equal(((ExitCode)result.Code).ToString(), error.GetProperty("reason").GetString());
        result.ShouldFail((ExitCode)result.Code, error.GetProperty("message").GetString()!);
    }

    [Theory]
    [InlineData("inspect", "--tensors")]
    [InlineData("evaluate", "--dataset", "--sequence-length", "--batch-size", "--precision")]
    [InlineData("generate", "--prompt", "--tokens", "--temperature", "--seed")]
    [InlineData("run", "--set", "SIGTERM")]
    [InlineData("quickstart", "--folder", "--text-only")]
    public void Help_names_every_option(string verb, params string[] options)
    {
        var help = CommandLine.Run(verb, "--help").ShouldSucceed();
        Assert.All([.. options, "--output", "--device", "--threads"], option => Assert.Contains(option, help.Output, StringComparison.Ordinal));
    }
}
