using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using static TorchSharp.torch;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>The program with <c>s3://</c> URIs.</summary>
[Collection(nameof(OneAtATime))]
public sealed class S3CommandTests : IDisposable
{
    private readonly S3Server _server;
    private readonly Workplace _work = new();
    private readonly string _place = $"commands-{Guid.NewGuid():n}";

    public S3CommandTests(S3Server server)
    {
        _server = server;
        var store = server.Open(_place);
        foreach (var file in Directory.EnumerateFiles(_work.Reference)) store.Write($"reference/{Path.GetFileName(file)}", s => s.Write(File.ReadAllBytes(file)));
        store.Write("data/tokens.bin", s => s.Write(File.ReadAllBytes(_work.File("data.bin"))));
        store.Write("held-out/tokens.bin", s => s.Write(File.ReadAllBytes(_work.File("data.bin")).AsSpan(0, 1000)));
        store.Write("held-out.txt", s => s.Write("the cat sat on the mat; the dog ran to the cat and sat on the log and the mat"u8));
    }

    private string Reference => _server.Uri($"{_place}/reference");

    public void Dispose() => _work.Dispose();

    [Fact]
    public void A_run_from_the_store_ends_with_the_weights_of_a_run_from_files()
    {
        Run().ShouldSucceed();
        using var variables = _server.SetVariables();
        var result = Run(
            "--set", $"reference.uri={Reference}/", "--set", $"dataset.uri={_server.Uri($"{_place}/data")}", "--set", $"dataset.validationUri={_server.Uri($"{_place}/held-out/tokens.bin")}",
            "--set", $"output.uri={_work.File("validated")}").ShouldSucceed();
        Assert.Contains("2,000 tokens in 1 file, streamed through", result.Error, StringComparison.Ordinal);
        var fromStore = Run("--set", $"reference.uri={Reference}", "--set", $"dataset.uri={_server.Uri($"{_place}/data/tokens.bin")}", "--set", $"output.uri={_work.File("store")}").ShouldSucceed();
        Assert.Equal(Workplace.Weights(_work.Output), Workplace.Weights(_work.File("store")));
        Assert.Matches(@"Inherited \d+ of \d+ tensors: \d+\.\d of \d+\.\d MB, 1\.\d{4} bytes read for each byte inherited", fromStore.Error);
        _server.KeepsSecrets(result.Error + result.Output + fromStore.Error + fromStore.Output);
        foreach (var file in Directory.EnumerateFiles(_work.File("store"), "*", SearchOption.AllDirectories)) _server.KeepsSecrets(File.ReadAllText(file));
    }

    [Fact]
    public void Tasks_in_the_store_give_the_scores_of_tasks_in_files()
    {
        const string Documents = """
            {"goal": "the cat", "sol1": "sat on the mat", "sol2": "ran to the dog", "label": 0}
            {"goal": "the dog", "sol1": "sat on the log", "sol2": "ran to the cat", "label": 1}
            """;
        _work.Write("tasks/piqa.jsonl", Documents);
        _server.Open(_place).Write("tasks/piqa.jsonl", s => s.Write(System.Text.Encoding.UTF8.GetBytes(Documents)));
        string[] evaluate = ["evaluate", _work.Reference, "--tasks", "piqa", "--device", "cpu", "-o", "json"];
        var local = CommandLine.Run([.. evaluate, "--data", _work.File("tasks")]).ShouldSucceed();
        using var variables = _server.SetVariables();
        Assert.Equal(local.Json.ToString(), CommandLine.Run([.. evaluate, "--data", _server.Uri($"{_place}/tasks")]).ShouldSucceed().Json.ToString());
        CommandLine.Run([.. evaluate, "--data", _server.Uri($"{_place}/data")]).ShouldFail(ExitCode.InvalidInput, "--data", "holds no .jsonl");
    }

    [Fact]
    public void The_manifest_says_where_the_store_is_and_files_hold_the_keys()
    {
        _work.Write("keys/accessKeyId", _server.AccessKey + "\n");
        _work.Write("keys/secretAccessKey", _server.SecretKey);
        using var variables = new Variables(new() { ["INHERITUNE_S3_CREDENTIALS"] = _work.File("keys"), ["AWS_ACCESS_KEY_ID"] = "other", ["AWS_SECRET_ACCESS_KEY"] = "other" });
        Run("--set", $"reference.uri={Reference}", "--set", $"storage.endpoint={_server.Endpoint}", "--set", "storage.retrySeconds=5").ShouldSucceed();
        File.Delete(_work.File("keys/secretAccessKey"));
        CommandLine.Run("inspect", Reference).ShouldFail(ExitCode.InvalidInput, "AWS_ENDPOINT_URL", "spec.storage.endpoint");
        Run("--set", $"reference.uri={Reference}", "--set", $"storage.endpoint={_server.Endpoint}", "--set", $"output.uri={_work.File("other")}")
            .ShouldFail(ExitCode.StorageDenied, "keys/secretAccessKey", "INHERITUNE_S3_CREDENTIALS");
    }

    [Fact]
    public void The_authorities_of_the_certificate_come_from_a_file()
    {
        using var certificate = TestCertificate.Create();
        using var proxy = new FaultyProxy(_server.Endpoint, certificate);
        _work.Write("ca.pem", certificate.ExportCertificatePem());
        _work.Write("empty.pem", "nothing here");
        using var variables = _server.SetVariables();
        string[] secured = ["--set", $"reference.uri={Reference}", "--set", $"storage.endpoint={proxy.Endpoint}"];
        Run([.. secured]).ShouldFail(ExitCode.StorageDenied, "certificate", "spec.storage.caBundle");
        Run([.. secured, "--set", $"storage.caBundle={_work.File("empty.pem")}"]).ShouldFail(ExitCode.InvalidInput, "spec.storage.caBundle", "empty.pem", "PEM");
        Run([.. secured, "--set", $"storage.caBundle={_work.File("none.pem")}"]).ShouldFail(ExitCode.InvalidInput, "none.pem", "no such file");
        Run([.. secured, "--set", $"storage.caBundle={_work.File("ca.pem")}"]).ShouldSucceed();
    }

    [Fact]
    public void Inspect_reads_headers_and_tokenizer_alone()
    {
        using var proxy = new FaultyProxy(_server.Endpoint);
        using var variables = _server.SetVariables();
        using var through = new Variables(new() { ["AWS_ENDPOINT_URL"] = proxy.Endpoint.ToString() });
        var stored = JsonNode.Parse(CommandLine.Run("inspect", Reference, "-o", "json").ShouldSucceed().Output)!;
        var local = JsonNode.Parse(CommandLine.Run("inspect", _work.Reference, "-o", "json").ShouldSucceed().Output)!;
        Assert.Equal(Reference, stored["location"]!.GetValue<string>());
        stored["location"] = _work.Reference;
        Assert.True(JsonNode.DeepEquals(stored, local));
        var requests = proxy.Requests.Split("HTTP/1.1\r\n").Length - 1;
        TestContext.Current.TestOutputHelper?.WriteLine($"{proxy.Bytes} bytes, {requests} requests");
        Assert.InRange(proxy.Bytes, 1, (64 << 10) - 1);
        Assert.InRange(requests, 1, 45);
        Assert.DoesNotContain("HEAD ", proxy.Requests, StringComparison.Ordinal);
    }

    [Fact]
    public void Inheriting_moves_the_bytes_that_are_inherited_and_no_others()
    {
        var store = _server.Open($"{_place}/big");
        var config = TinyModels.Gpt2(layers: 8) with { VocabularySize = Workplace.Vocabulary, HiddenSize = 512, IntermediateSize = 2048 };
        using (var model = Target.Allocate(config, CPU))
        using (no_grad())
        {
            foreach (var parameter in model.Parameters.Values) parameter.zero_();
            HuggingFaceExporter.Write(model, null, new FileStore(_work.Reference), endOfText: 0, ExportPrecision.Float32, store);
        }

        Assert.InRange(store.Stat("model.safetensors")!.Size, 100_000_000, 110_000_000);
        using var proxy = new FaultyProxy(_server.Endpoint);
        var checkpoint = Checkpoint.Open(_server.Open($"{_place}/big", _server.Options(proxy.Endpoint)), "uri");
        var plan = InheritancePlan.For(checkpoint.Config, new InheritSpec { Layers = 4 });
        using var target = Target.Allocate(plan.Target, CPU);
        Target.Fill(target, plan, checkpoint, 1, SilentStatus.Instance, TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine($"{proxy.Bytes} bytes for {checkpoint.BytesRead} inherited: {(double)proxy.Bytes / checkpoint.BytesRead}");
        Assert.InRange(checkpoint.BytesRead, 50_000_000, 60_000_000);
        Assert.InRange((double)proxy.Bytes / checkpoint.BytesRead, 1, 1.01);
        Assert.Equal(checkpoint.BytesOf(plan.Inherited), checkpoint.BytesRead);
    }

    [Fact]
    public void Evaluate_and_generate_read_from_the_store()
    {
        using var variables = _server.SetVariables();
        var text = _work.Write("held-out.txt", "the cat sat on the mat; the dog ran to the cat and sat on the log and the mat");
        var (stored, local) = (Evaluate(Reference, _server.Uri($"{_place}/held-out.txt")), Evaluate(_work.Reference, text));
        Assert.Equal(local, stored);
        string[] generate = ["--prompt", "the", "--tokens", "4", "--device", "cpu", "-o", "json"];
        Assert.Equal(
            CommandLine.Run(["generate", _work.Reference, .. generate]).ShouldSucceed().Json.GetProperty("continuation").GetString(),
            CommandLine.Run(["generate", Reference, .. generate]).ShouldSucceed().Json.GetProperty("continuation").GetString());
    }

    [Fact]
    public void What_cannot_work_is_refused_in_one_message()
    {
        using var variables = _server.SetVariables();
        Run("--set", "output.uri=s3://no-such-bucket-here/out").ShouldFail(ExitCode.InvalidInput, "s3://no-such-bucket-here/out", "no such bucket");
        Run("--set", "reference.uri=s3://no-such-bucket-here/model").ShouldFail(ExitCode.InvalidInput, "s3://no-such-bucket-here/model", "no such bucket");
        Run("--set", $"reference.uri={Reference}-not").ShouldFail(ExitCode.InvalidInput, "spec.reference.uri", "has no config.json");
        Run("--set", $"dataset.uri={_server.Uri("nothing")}").ShouldFail(ExitCode.InvalidInput, "spec.dataset.uri", "no such file");
        using var wrong = _server.SetVariables(secretKey: "a-wrong-secret-key");
        var denied = CommandLine.Run("inspect", Reference).ShouldFail(ExitCode.StorageDenied, Reference, "access denied");
        Assert.DoesNotContain("a-wrong-secret-key", denied.Error, StringComparison.Ordinal);
        _server.KeepsSecrets(denied.Error);
        using var nothing = new Variables(new() { ["AWS_SECRET_ACCESS_KEY"] = null });
        CommandLine.Run("inspect", Reference).ShouldFail(ExitCode.StorageDenied, "no credentials", "AWS_ACCESS_KEY_ID", "MINIO_ROOT_USER", "INHERITUNE_S3_CREDENTIALS");
        Assert.False(Directory.Exists(_work.Output));
    }

    /// <summary>With JSON: the library behind text output keeps the first console that it sees.</summary>
    private CommandResult Run(params string[] more) => _work.Run([.. more, "-o", "json"]);

    private static double Evaluate(string model, string dataset) =>
        CommandLine.Run("evaluate", model, "--dataset", dataset, "--device", "cpu", "-o", "json").ShouldSucceed().Json.GetProperty("loss").GetDouble();
}
