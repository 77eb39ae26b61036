using System.CommandLine;
using System.Text.Json;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Storage;
using Inheritune.Trainer;
using Inheritune.Trainer.Commands;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>A preflight finds what a run would stumble over, and leaves nothing behind.</summary>
[Collection(nameof(OneAtATime))]
public sealed class PreflightTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public void A_run_that_can_work_is_foretold_with_its_sizes_and_its_output_is_not_made()
    {
        var before = Workplace.Snapshot(_work.Path);
        var forecast = Preflight().ShouldSucceed().Json.GetProperty("forecast");
        Assert.Equal(before, Workplace.Snapshot(_work.Path));
        Assert.False(Directory.Exists(_work.Output));

        Run().ShouldSucceed();
        var weights = new FileInfo(Path.Combine(_work.Output, "checkpoints/step-000000003/weights.safetensors")).Length;
        Assert.Equal(3, forecast.GetProperty("steps").GetInt32());
        Assert.Equal(3 * 16 * 2, forecast.GetProperty("trainingTokens").GetInt64());
        Assert.Equal(2000, forecast.GetProperty("datasetTokens").GetInt64());
        Assert.Equal(12 * forecast.GetProperty("parameters").GetInt64(), forecast.GetProperty("checkpointBytes").GetInt64());
        // Its weights are a third of a checkpoint, but for the header.
        Assert.InRange(3 * weights - forecast.GetProperty("checkpointBytes").GetInt64(), 0, 20_000);
        var disk = forecast.GetProperty("disk");
        Assert.Equal(disk.GetProperty("peakBytes").GetInt64(), disk.GetProperty("parts").EnumerateArray().Sum(part => part.GetProperty("bytes").GetInt64()));
        Assert.All(disk.GetProperty("parts").EnumerateArray(), part => Assert.Equal(_work.Output, part.GetProperty("folder").GetString()));
        var saved = Directory.GetFiles(Path.Combine(_work.Output, "checkpoints/step-000000003")).Sum(file => new FileInfo(file).Length);
        Assert.InRange(disk.GetProperty("parts")[0].GetProperty("bytes").GetInt64(), 3 * saved, 3 * saved * 21 / 20);
        Assert.InRange(disk.GetProperty("peakBytes").GetInt64(), 3 * forecast.GetProperty("checkpointBytes").GetInt64(), 4 * forecast.GetProperty("checkpointBytes").GetInt64() + (1 << 20));
        Assert.InRange(forecast.GetProperty("inheritedBytes").GetInt64(), 1, forecast.GetProperty("referenceBytes").GetInt64() - 1);
        Assert.Equal(2 * forecast.GetProperty("referenceBytes").GetInt64() + forecast.GetProperty("inheritedBytes").GetInt64() + 4000, forecast.GetProperty("bytesToRead").GetInt64());
    }

    [Fact]
    public void With_tasks_the_reference_is_read_once_more()
    {
        var without = Preflight().ShouldSucceed().Json.GetProperty("forecast");
        _work.Write("tasks/piqa.jsonl", """{"goal": "g", "sol1": "the cat", "sol2": "a dog", "label": 0}""");
        _work.Replace("run.yaml", "batches: 1}", "batches: 1, tasks: [piqa], dataUri: tasks}");
        var with = Preflight().ShouldSucceed().Json.GetProperty("forecast");
        Assert.Equal(without.GetProperty("referenceBytes").GetInt64(), with.GetProperty("bytesToRead").GetInt64() - without.GetProperty("bytesToRead").GetInt64());
    }

    [Fact]
    public void What_is_proved_is_listed_for_people()
    {
        var result = TrainerProcess.Run(_work.Cache, "preflight", _work.Manifest).ShouldSucceed();
        foreach (var said in new[] { "reference", "are inherited", "target", "tokenizer", "Packed, 0.0 MB, 2.0K tokens", "3 steps, 96 tokens", "to read", "checkpoint", "as much memory again", "local disk", "up to", $"in {_work.Output}: 3 checkpoints", "the model", $"{_work.Output}: writable, free" })
            Assert.Contains(said, result.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_work.Cache));
    }

    [Fact]
    public void An_output_folder_that_is_there_is_left_empty()
    {
        Directory.CreateDirectory(_work.Output);
        Preflight().ShouldSucceed();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_work.Output));
    }

    [Fact]
    public void A_finished_run_is_said_to_be_complete_and_another_recipe_is_refused()
    {
        Run().ShouldSucceed();
        var before = Workplace.Snapshot(_work.Path);
        using var variables = new Variables(new() { ["INHERITUNE_TERMINATION_LOG"] = _work.Write("termination", "") });
        var found = Preflight().ShouldSucceed().Json;
        Assert.True(found.GetProperty("alreadyComplete").GetBoolean());
        var told = JsonSerializer.Deserialize<JsonElement>(_work.Text("termination"));
        Assert.True(told.GetProperty("alreadyComplete").GetBoolean());
        Assert.Equal("Done", told.GetProperty("reason").GetString());
        Assert.Equal(found.GetProperty("results").GetProperty("final").GetProperty("loss").GetString(), told.GetProperty("results").GetProperty("final").GetProperty("loss").GetString());

        var progress = told.GetProperty("progress");
        Assert.Equal((3, 3), (progress.GetProperty("step").GetInt32(), progress.GetProperty("totalSteps").GetInt32()));
        Assert.Matches(Patterns.Decimal, progress.GetProperty("loss").GetString()!);

        Refuse(ExitCode.InvalidInput, ["--set", "training.steps=4"], "spec.output.uri", "run 'tiny'", "training.steps: 3 -> 4");
        told = JsonSerializer.Deserialize<JsonElement>(_work.Text("termination"));
        Assert.Equal((20, "OutputOccupied"), (told.GetProperty("code").GetInt32(), told.GetProperty("reason").GetString()));
        Assert.Contains("training.steps: 3 -> 4", told.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.False(told.TryGetProperty("results", out _) || told.TryGetProperty("alreadyComplete", out _));
        File.Delete(_work.File("termination"));
        Assert.Equal(before, Workplace.Snapshot(_work.Path));
    }

    [Fact]
    public void An_unfinished_run_is_not_taken_over_and_one_in_progress_is_refused()
    {
        using var process = TrainerProcess.Start(_work.Cache, "run", _work.Manifest, "--set", "training.steps=100000", "--set", "training.logEverySteps=10");
        process.WaitFor("step 10/");
        Preflight("--set", "training.steps=100000", "--set", "training.logEverySteps=10").ShouldFail(ExitCode.InvalidInput, "spec.output.uri", "in use by another process");
        process.Signal(TrainerProcess.Terminate);
        process.Wait().ShouldFail(ExitCode.Interrupted);
        var before = Workplace.Snapshot(_work.Path);
        var found = Preflight("--set", "training.steps=100000", "--set", "training.logEverySteps=10").ShouldSucceed().Json;
        Assert.Equal(1, found.GetProperty("attempts").GetInt32());
        Assert.False(found.GetProperty("alreadyComplete").GetBoolean());
        Assert.Equal(before, Workplace.Snapshot(_work.Path));
    }

    [Fact]
    public void A_tokenizer_that_is_to_be_trained_is_not_trained_yet()
    {
        _work.Replace("run.yaml", "reference: {uri: reference}", "architecture: {family: GPT2, layers: 2, hiddenSize: 32, heads: 4, contextLength: 24, vocabularySize: 280}");
        _work.Replace("run.yaml", "  inherit: {layers: 2}\n", "");
        _work.Write("text.txt", new string('a', 400));
        var forecast = Preflight("--set", "dataset.uri=" + _work.File("text.txt")).ShouldSucceed().Json.GetProperty("forecast");
        Assert.False(forecast.TryGetProperty("tokenizer", out _) || forecast.TryGetProperty("reference", out _));
        Assert.Equal(400, forecast.GetProperty("datasetBytes").GetInt64());
        Refuse(ExitCode.InvalidInput, [], "spec.dataset.uri", "tokenizerUri");
    }

    [Theory]
    [InlineData("training.steps=-1", "spec.training.steps")]
    [InlineData("reference.uri=/no/such/model", "spec.reference.uri", "config.json")]
    [InlineData("inherit.layers=5", "spec.inherit.layers", "4 layers")]
    [InlineData("training.sequenceLength=25", "spec.training.sequenceLength", "context of 24")]
    [InlineData("training.warmupSteps=4", "spec.training.warmupSteps")]
    [InlineData("dataset.uri=/no/such/data.bin", "spec.dataset.uri", "no such file")]
    [InlineData("dataset.validationUri=/no/such/data.bin", "spec.dataset.validationUri", "no such file")]
    [InlineData("dataset.maxTokens=16", "spec.dataset.maxTokens", "less than one sequence")]
    [InlineData("dataset.validationTokens=1990", "spec.dataset.validationTokens", "leaves less than one sequence")]
    [InlineData("output.uri=/proc/version", "spec.output.uri", "is a file")]
    [InlineData("output.uri=/proc/version/below", "spec.output.uri", "not a folder")]
    public void A_field_that_cannot_work_is_named(string set, params string[] said) => Refuse(ExitCode.InvalidInput, ["--set", set], said);

    [Fact]
    public void Files_that_cannot_work_are_named()
    {
        _work.Write("odd.bin", [1, 2, 3]);
        RefuseData("odd.bin", "spec.dataset.tokenType", "not a multiple of 2");
        _work.WritePacked("short.bin", Enumerable.Repeat((ushort)1, 33));
        RefuseData("short.bin", "spec.dataset.uri", "33 tokens, of which 1 would be held out");
        _work.Write("short.txt", "the cat sat on the mat");
        RefuseData("short.txt", "spec.dataset.uri", "22 bytes of text, too few for the 34 tokens");
        _work.Write("empty.txt", "");
        RefuseData("empty.txt", "spec.dataset.uri", "0 bytes");
        _work.WritePacked("shorter.bin", Enumerable.Repeat((ushort)1, 11));
        Refuse(ExitCode.InvalidInput, ["--set", $"dataset.validationUri={_work.File("shorter.bin")}"], "spec.dataset.validationUri", "11 tokens");
        _work.Write("out/thesis.tex", "my only copy");
        Refuse(ExitCode.InvalidInput, [], "spec.output.uri", "thesis.tex");
        File.Delete(_work.File("out/thesis.tex"));

        _work.RewriteHeader(json => json.Replace("transformer.h.3.ln_2.weight", "transformer.h.3.ln_9.weight", StringComparison.Ordinal));
        Refuse(ExitCode.InvalidInput, [], "transformer.h.3.ln_2.weight", "missing");
        File.Delete(_work.File("reference/tokenizer.json"));
        _work.RewriteHeader(json => json.Replace("transformer.h.3.ln_9.weight", "transformer.h.3.ln_2.weight", StringComparison.Ordinal));
        // Packed data would need none.
        RefuseData("short.txt", "spec.reference.uri", "tokenizer");

        void RefuseData(string file, params string[] said) => Refuse(ExitCode.InvalidInput, ["--set", $"dataset.uri={_work.File(file)}"], said);
    }

    [Fact]
    public void An_output_that_cannot_be_written_is_refused()
    {
        Directory.CreateDirectory(_work.File("sealed"));
        TrainerProcess.RunWithMounts(_work.Cache, "mount -t tmpfs -o ro tmpfs \"$2\" && trainer preflight \"$1\" --set output.uri=\"$2/out\"", _work.Manifest, _work.File("sealed"))
            .ShouldFail(ExitCode.StorageDenied, _work.File("sealed"), "read-only", "check");
    }

    [Fact]
    public void A_disk_without_the_room_is_refused_with_both_numbers_and_one_that_just_has_it_is_enough()
    {
        string[] settings = ["--set", "training.steps=8", "--set", "checkpoint.everySteps=1", "--set", "checkpoint.keepLast=1", "--set", "dataset.uri=" + _work.Write("text.txt", string.Concat(Enumerable.Repeat("the cat sat on the dog; ", 2000)))];
        var disk = Preflight(settings).ShouldSucceed().Json.GetProperty("forecast").GetProperty("disk");
        var (peak, tokens) = (disk.GetProperty("peakBytes").GetInt64(), disk.GetProperty("parts").EnumerateArray().Last());
        Assert.Contains("text.txt", tokens.GetProperty("what").GetString(), StringComparison.Ordinal);
        Assert.Equal(Environment.GetEnvironmentVariable("INHERITUNE_CACHE"), tokens.GetProperty("folder").GetString());
        Directory.CreateDirectory(_work.File("disk"));

        // Output and cache on one disk, with a page to spare for each of its files.
        var result = TrainerProcess.RunWithMounts(_work.Cache, """
            manifest=$1 disk=$2 peak=$3; shift 3
            mount -t tmpfs -o size=$((peak + 131072)) tmpfs "$disk" || exit 99
            export INHERITUNE_CACHE="$disk/cache"
            head -c 300000 /dev/zero >"$disk/filler"
            trainer preflight "$manifest" --set output.uri="$disk/out" "$@"; echo "filled: $?"
            rm "$disk/filler"
            trainer preflight "$manifest" --set output.uri="$disk/out" "$@" >/dev/null; echo "free: $?"
            trainer run "$manifest" --set output.uri="$disk/out" "$@" >/dev/null; echo "run: $?"
            trainer preflight "$manifest" --set output.uri="$disk/out" "$@" >/dev/null; echo "done: $?"
            """, [_work.Manifest, _work.File("disk"), $"{peak}", .. settings]);
        foreach (var said in new[] { "filled: 30", "free: 0", "run: 0", "done: 0" }) Assert.Contains(said, result.Output, StringComparison.Ordinal);
        foreach (var said in new[] { "MB are free, and the run takes up to", FormattableString.Invariant($"{peak / 1e6:N1} MB more (2 checkpoints"), "the model: ", "the tokens of ", "lower spec.checkpoint.keepLast" })
            Assert.Contains(said, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pod_is_refused_that_may_take_too_little_disk_and_one_that_may_take_enough_tells_the_size_of_a_checkpoint()
    {
        using var variables = new Variables(new()
        {
            ["INHERITUNE_RUN_NAME"] = "tiny", ["INHERITUNE_RUN_NAMESPACE"] = "here", ["KUBERNETES_SERVICE_HOST"] = "127.0.0.1", ["INHERITUNE_TERMINATION_LOG"] = _work.Write("termination", ""),
        });
        Preflight("--set", "resources.scratch=2M").ShouldFail(ExitCode.InvalidInput, "spec.resources.scratch: '2M'", "is too little", "3 checkpoints", "make it 1Gi or more");
        var forecast = Preflight().ShouldSucceed().Json.GetProperty("forecast");
        Assert.Equal(forecast.GetProperty("checkpointBytes").GetInt64(), JsonSerializer.Deserialize<JsonElement>(_work.Text("termination")).GetProperty("checkpointBytes").GetInt64());
    }

    [Fact]
    public void A_termination_message_that_cannot_be_written_is_worth_a_warning()
    {
        using var variables = new Variables(new() { ["INHERITUNE_TERMINATION_LOG"] = "/no/such/folder/log" });
        Assert.Contains("warning: INHERITUNE_TERMINATION_LOG", Preflight().ShouldSucceed().Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_internal_error_has_its_place_in_the_log_and_one_line_for_the_cluster()
    {
        using var variables = new Variables(new() { ["INHERITUNE_TERMINATION_LOG"] = _work.Write("termination", "") });
        var faulty = new Command("faulty");
        faulty.SetAction(arguments => CommandHost.Execute(arguments, _ => throw new InvalidOperationException("not this\nnor that")));
        CommonOptions.AddTo(faulty);
        using var error = new StringWriter();
        var stderr = Console.Error;
        Console.SetError(error);
        try
        {
            Assert.Equal((int)ExitCode.InternalError, faulty.Parse([]).Invoke());
        }
        finally
        {
            Console.SetError(stderr);
        }

        Assert.Contains($"   at {typeof(PreflightTests)}", error.ToString(), StringComparison.Ordinal);
        var told = JsonSerializer.Deserialize<JsonElement>(_work.Text("termination"));
        Assert.Equal((1, "InternalError"), (told.GetProperty("code").GetInt32(), told.GetProperty("reason").GetString()));
        Assert.EndsWith("InvalidOperationException: not this", told.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private CommandResult Preflight(params string[] more) => CommandLine.Run(["preflight", _work.Manifest, "--device", "cpu", "-o", "json", .. more]);

    private CommandResult Run() => _work.Run("-o", "json");

    private void Refuse(ExitCode code, string[] more, params string[] said)
    {
        var before = Workplace.Snapshot(_work.Path).Keys.Order();
        Preflight(more).ShouldFail(code, said);
        Assert.Equal(before, Workplace.Snapshot(_work.Path).Keys.Order());
    }
}
