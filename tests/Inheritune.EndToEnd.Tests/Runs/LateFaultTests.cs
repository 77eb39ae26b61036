using System.Text.Json;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;
using static TorchSharp.torch;

namespace Inheritune.EndToEnd.Tests.Runs;

/// <summary>What goes wrong after the training costs no training.</summary>
[Collection(nameof(OneAtATime))]
public sealed class LateFaultTests : IDisposable
{
    private const string Question = """{"goal": "g", "sol1": "the cat", "sol2": "a dog", "label": 0}""";

    private readonly Workplace _work = new();

    public LateFaultTests()
    {
        _work.Write("tasks/piqa.jsonl", Question);
        _work.Replace("run.yaml", "batches: 1}", "batches: 1, tasks: [piqa], dataUri: tasks}");
    }

    public void Dispose() => _work.Dispose();

    [Fact]
    public void Tasks_that_fail_cost_the_tasks_and_the_same_command_tries_them_again()
    {
        var lost = Assert.Throws<RunException>(() => Execute(new Witness("Training", () => File.Delete(_work.File("tasks/piqa.jsonl")))));
        Assert.Equal(ExitCode.InvalidInput, lost.Code);
        Assert.Contains($"the model is trained and complete in {_work.File("out/model")}", lost.Message, StringComparison.Ordinal);
        Assert.Contains("The tasks failed: ", lost.Message, StringComparison.Ordinal);

        TrainerProcess.Run(_work.Cache, "inspect", _work.File("out/model")).ShouldSucceed();
        Assert.True(File.Exists(_work.File("out/model/provenance.json")));
        Assert.True(File.Exists(_work.File("out/model/README.md")));
        Assert.Contains("The tasks failed: ", _work.Text("out/report.html"), StringComparison.Ordinal);
        var results = JsonSerializer.Deserialize<JsonElement>(_work.Text("out/results.json"));
        Assert.StartsWith("The tasks failed: ", Assert.Single(results.GetProperty("faults").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(results.GetProperty("samples").EnumerateArray());
        var weights = Workplace.Weights(_work.Output);

        _work.Write("tasks/piqa.jsonl", Question);
        var again = new Witness();
        var outcome = Execute(again);
        Assert.False(outcome.AlreadyComplete);
        Assert.NotEmpty(outcome.Report.Tasks);
        Assert.DoesNotContain(again.Said, line => line.StartsWith("step ", StringComparison.Ordinal));
        Assert.Equal(weights, Workplace.Weights(_work.Output));
        Assert.DoesNotContain("The tasks failed: ", _work.Text("out/report.html"), StringComparison.Ordinal);
        Assert.Empty(JsonSerializer.Deserialize<JsonElement>(_work.Text("out/results.json")).GetProperty("faults").EnumerateArray());
        Assert.True(Execute(new Witness()).AlreadyComplete);
    }

    [Fact]
    public void A_run_that_is_stopped_in_its_tasks_has_its_model_and_goes_on_with_them()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Execute(new Witness("Evaluating the reference on piqa", stop.Cancel), stop));
        TrainerProcess.Run(_work.Cache, "inspect", _work.File("out/model")).ShouldSucceed();
        Assert.NotEmpty(Execute(new Witness()).Report.Tasks);
    }

    [Fact]
    public void An_answer_longer_than_the_context_shows_before_the_training()
    {
        _work.Write("tasks/piqa.jsonl", $"{Question}\n{Question.Replace("a dog", string.Concat(Enumerable.Repeat("zebra ", 20)), StringComparison.Ordinal)}");
        string[] said = ["piqa: document ", "request 1: ' zebra zebra", "tokens, and the model reads 24 at most", "leave the task out"];
        CommandLine.Run("preflight", _work.Manifest, "--device", "cpu").ShouldFail(ExitCode.InvalidInput, said);
        _work.Run().ShouldFail(ExitCode.InvalidInput, said);
        Assert.False(Directory.Exists(_work.Output));
        // Of two models neither is asked before both have been looked at.
        var both = CommandLine.Run("evaluate", _work.Reference, "--reference", _work.Reference, "--tasks", "piqa", "--data", _work.File("tasks"), "--device", "cpu").ShouldFail(ExitCode.InvalidInput, said);
        Assert.DoesNotContain("Loading the model", both.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_training_needed_is_gone_when_the_reference_comes_back()
    {
        // Large enough that its tensors are counted.
        _work.WritePacked("data.bin", Enumerable.Range(0, 2000).Select(i => (ushort)CounterRandom.Below(270, 1, "data", i)));
        _work.Replace("run.yaml", "reference: {uri: reference}", "architecture: {family: GPT2, layers: 4, hiddenSize: 256, heads: 4, contextLength: 24, tokenizerUri: reference}");
        _work.Replace("run.yaml", "  inherit: {layers: 2}\n", "");
        Execute(new Witness());
        _work.Replace("run.yaml", "architecture: {family: GPT2, layers: 4, hiddenSize: 256, heads: 4, contextLength: 24, tokenizerUri: reference}", "reference: {uri: out/model}\n  inherit: {layers: 2}");
        _work.Replace("run.yaml", "output: {uri: out}", "output: {uri: small}");

        var before = TensorMemory.Taken;
        var taken = new List<long>();
        Execute(new Witness("Loading the model", () => taken.Add(TensorMemory.Taken - before)));
        // For its loss, for its tasks and for samples: beside it only the target, half as large, and none of its gradients and moments.
        Assert.Equal(3, taken.Count);
        Assert.True(taken[0] > 10_000_000, $"{taken[0]}");
        Assert.All(taken[1..], bytes => Assert.InRange(bytes, taken[0], 1.7 * taken[0]));
    }

    private RunOutcome Execute(IRunStatus status, CancellationTokenSource? stop = null) => new RunPipeline(ManifestReader.Read(_work.Manifest, []), CPU, status).Execute(stop?.Token ?? CancellationToken.None);

    /// <summary>Keeps what it hears, and does something whenever a stage with this name begins.</summary>
    private sealed class Witness(string stage = "none", Action? act = null) : IRunStatus
    {
        public List<string> Said { get; } = [];

        public void Info(string message) => Said.Add(message);

        public void Warn(string message) => Said.Add(message);

        public IStage Begin(string title, double total, string unit)
        {
            if (title == stage) act?.Invoke();
            return SilentStatus.Instance.Begin(title, total, unit);
        }
    }
}
