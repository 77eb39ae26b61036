using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>Tasks from the command line and in a run, from their files to <c>results.json</c>.</summary>
[Collection(nameof(OneAtATime))]
public sealed class EvaluateTasksTests : IDisposable
{
    private readonly Workplace _work = new();

    public EvaluateTasksTests()
    {
        _work.Write("tasks/piqa.jsonl", string.Concat(Enumerable.Range(0, 6).Select(i => $"{{\"goal\": \"goal {i}\", \"sol1\": \"the cat {i}\", \"sol2\": \"a dog\", \"label\": {i % 2}}}\n")));
        _work.Write("tasks/wikitext.jsonl", """{"page": "the cat sat on the mat . \n the cat and the dog"}""");
    }

    public void Dispose() => _work.Dispose();

    [Fact]
    public void Two_models_are_compared_and_the_answers_can_be_scored_again()
    {
        string[] tasks = ["--tasks", "piqa,wikitext", "--data", _work.File("tasks"), "--device", "cpu", "-o", "json"];
        var result = CommandLine.Run(["evaluate", _work.Reference, "--reference", _work.Reference, "--to", _work.File("scores"), "--samples", _work.File("samples.jsonl"), .. tasks]).ShouldSucceed();
        var scores = result.Json.GetProperty("results");
        Assert.InRange(scores.GetProperty("piqa").GetProperty("acc").GetDouble(), 0, 1);
        Assert.True(scores.GetProperty("wikitext").GetProperty("word_perplexity").GetDouble() > 1);
        Assert.All(result.Json.GetProperty("comparison").EnumerateArray(), row => Assert.Equal((0, 1), (row.GetProperty("difference").GetDouble(), row.GetProperty("pValue").ValueKind == JsonValueKind.Null ? 1 : row.GetProperty("pValue").GetDouble())));
        Assert.Equal(scores.ToString(), JsonNode.Parse(_work.Text("scores/results.json"))!["results"]!.ToJsonString(new() { WriteIndented = true }), ignoreWhiteSpaceDifferences: true, ignoreAllWhiteSpace: true);

        Assert.Equal(scores.ToString(), CommandLine.Run(["evaluate", "--from-samples", _work.File("samples.jsonl"), .. tasks]).ShouldSucceed().Json.GetProperty("results").ToString());
        CommandLine.Run(["evaluate", "--list-requests", _work.File("requests.jsonl"), .. tasks]).ShouldSucceed();
        Assert.Equal(13, File.ReadAllLines(_work.File("requests.jsonl")).Length);
        Assert.DoesNotContain("logLikelihood", _work.Text("requests.jsonl"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--dataset: or --tasks is needed", "evaluate", "m")]
    [InlineData("uri: is missing", "evaluate", "--tasks", "piqa", "--data", "TASKS")]
    [InlineData("--data: is missing", "evaluate", "m", "--tasks", "piqa")]
    [InlineData("--limit: '0' must be at least 1", "evaluate", "m", "--tasks", "piqa", "--data", "TASKS", "--limit", "0")]
    [InlineData("--harness: '0.5' is no version", "evaluate", "m", "--tasks", "piqa", "--data", "TASKS", "--harness", "0.5")]
    [InlineData("--shots: 'mmlu=5' names a task that --tasks does not", "evaluate", "m", "--tasks", "piqa", "--data", "TASKS", "--shots", "mmlu=5")]
    public void A_command_that_cannot_work_is_refused(string message, params string[] arguments) =>
        CommandLine.Run([.. arguments.Select(argument => argument == "TASKS" ? _work.File("tasks") : argument)]).ShouldFail(ExitCode.InvalidInput, message);

    [Fact]
    public void A_run_evaluates_its_tasks_at_the_end_and_its_weights_are_as_without_them()
    {
        var plain = CommandLine.Run("run", _work.Manifest, "--device", "cpu", "-o", "json", "--set", $"output.uri={_work.File("plain")}").ShouldSucceed();
        Assert.Empty(JsonNode.Parse(_work.Text("plain/results.json"))!["tasks"]!.AsArray());
        _work.Replace("run.yaml", "batches: 1}", "batches: 1, tasks: [piqa, wikitext], dataUri: tasks}");
        var document = CommandLine.Run("run", _work.Manifest, "--device", "cpu", "-o", "json").ShouldSucceed().Json;
        Assert.Equal(File.ReadAllBytes(_work.File("plain/model/model.safetensors")), File.ReadAllBytes(_work.File("out/model/model.safetensors")));

        var rows = document.GetProperty("tasks").EnumerateArray().ToArray();
        Assert.Equal(["acc", "acc_norm", "word_perplexity", "byte_perplexity", "bits_per_byte"], rows.Select(row => row.GetProperty("metric").GetString()));
        foreach (var name in new[] { "reference", "target" })
        {
            var results = JsonNode.Parse(_work.Text($"out/evaluation/{name}/results.json"))!["results"]!;
            Assert.Equal(results["wikitext"]!["bits_per_byte"]!.GetValue<double>(), rows[4].GetProperty(name).GetDouble());
        }

        Assert.NotEqual(rows[4].GetProperty("reference").GetDouble(), rows[4].GetProperty("target").GetDouble());
        Assert.Contains("<h2>Tasks</h2>", _work.Text("out/report.html"), StringComparison.Ordinal);
        Assert.Contains("bits_per_byte", CommandLine.Run("run", _work.Manifest, "--device", "cpu", "-o", "json").ShouldSucceed().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Preflight_reads_the_tasks_data_and_names_the_bad_line()
    {
        _work.Replace("run.yaml", "batches: 1}", "batches: 1, tasks: [piqa], dataUri: tasks}");
        CommandLine.Run("preflight", _work.Manifest, "--device", "cpu", "-o", "json").ShouldSucceed();
        _work.Replace("tasks/piqa.jsonl", "\"label\": 1", "\"label\": \"yes\"");
        CommandLine.Run("preflight", _work.Manifest, "--device", "cpu", "-o", "json").ShouldFail(ExitCode.InvalidInput, "piqa.jsonl: line 2: label: '\"yes\"' must be a whole number from 0 to 1");
        _work.Replace("run.yaml", "tasks: [piqa]", "tasks: [wikitext=1]");
        CommandLine.Run("preflight", _work.Manifest, "--device", "cpu", "-o", "json").ShouldFail(ExitCode.InvalidInput, "spec.evaluation.tasks: 'wikitext=1' must be 0");
        _work.Replace("run.yaml", ", dataUri: tasks", "");
        CommandLine.Run("preflight", _work.Manifest, "--device", "cpu", "-o", "json").ShouldFail(ExitCode.InvalidInput, "spec.evaluation.dataUri: is missing");
    }
}
