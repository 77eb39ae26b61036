using Inheritune.Trainer.Training;
using Inheritune.Trainer;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>The output folder belongs to one run; nothing in it is lost or mixed up.</summary>
[Collection(nameof(OneAtATime))]
public sealed class OutputFolderTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public void A_finished_run_is_left_alone_and_another_recipe_is_refused_with_the_difference()
    {
        var first = TrainerProcess.Run(_work.Cache, "run", _work.Manifest, "-o", "json").ShouldSucceed();
        Assert.False(first.Json.GetProperty("alreadyComplete").GetBoolean());
        Assert.Equal(4, first.Json.GetProperty("results")[0].GetProperty("layers").GetInt32());
        var before = Workplace.Snapshot(_work.Output);

        var again = TrainerProcess.Run(_work.Cache, "run", _work.Manifest, "-o", "json").ShouldSucceed();
        Assert.True(again.Json.GetProperty("alreadyComplete").GetBoolean());
        Assert.Contains("already complete", again.Error, StringComparison.Ordinal);
        Assert.Equal(first.Json.GetProperty("results").GetRawText(), again.Json.GetProperty("results").GetRawText());
        Assert.Equal(before, Workplace.Snapshot(_work.Output));

        _work.Run("--set", "training.steps=4", "--set", "inherit.layers=1").ShouldFail(ExitCode.InvalidInput,
            "spec.output.uri", _work.Output, "run 'tiny'", "training.steps: 3 -> 4", "inherit.layers: 2 -> 1", "another folder");
        Assert.Equal(before, Workplace.Snapshot(_work.Output));
    }

    [Fact]
    public void A_folder_with_other_files_and_a_file_in_its_place_are_refused()
    {
        var thesis = _work.Write("out/thesis.tex", "my only copy");
        _work.Run().ShouldFail(ExitCode.InvalidInput, "spec.output.uri", _work.Output, "thesis.tex", "another folder");
        Assert.Equal([thesis], Workplace.Snapshot(_work.Output).Keys);
        _work.Run("--set", $"output.uri={thesis}").ShouldFail(ExitCode.InvalidInput, "spec.output.uri", thesis, "is a file");
        _work.Run("--set", $"output.uri={thesis}/below").ShouldFail(ExitCode.InvalidInput, "spec.output.uri", "thesis.tex/below", "cannot be created");
        _work.Write("out/run.json", "{ torn");
        _work.Run().ShouldFail(ExitCode.InvalidInput, "spec.output.uri", "unreadable run.json");
        Assert.Equal("my only copy", _work.Text("out/thesis.tex"));
    }

    [Fact]
    public void A_folder_in_use_is_refused_and_a_terminated_run_continues_to_the_same_weights()
    {
        string[] settings = ["--set", "training.steps=800", "--set", "training.logEverySteps=50", "--set", "evaluation.everySteps=1000", "--threads", "1"];
        using var process = TrainerProcess.Start(_work.Cache, ["run", _work.Manifest, .. settings]);
        process.WaitFor("step 50/");
        _work.Run(settings[..^2]).ShouldFail(
            ExitCode.InvalidInput, "spec.output.uri", _work.Output, "in use by another process (run 'tiny' (", "wait");
        process.Signal(TrainerProcess.Terminate);
        process.Wait().ShouldFail(ExitCode.Interrupted, "the same command continues");

        var rest = TrainerProcess.Run(_work.Cache, ["run", _work.Manifest, .. settings]).ShouldSucceed();
        Assert.Contains("Continuing at step", rest.Error, StringComparison.Ordinal);
        TrainerProcess.Run(_work.Cache, ["run", _work.Manifest, .. settings, "--set", $"output.uri={_work.File("undisturbed")}"]).ShouldSucceed();
        Assert.Equal(Workplace.Weights(_work.File("undisturbed")), Workplace.Weights(_work.Output));
    }

    [Fact]
    public void A_bad_dataset_in_a_run_without_a_reference_leaves_no_trace()
    {
        _work.Replace("run.yaml", "reference: {uri: reference}", "architecture: {family: GPT2, layers: 2, hiddenSize: 32, heads: 4, contextLength: 24, vocabularySize: 280}");
        _work.Replace("run.yaml", "  inherit: {layers: 2}\n", "");
        _work.Run("--set", "dataset.uri=nothing.txt").ShouldFail(ExitCode.InvalidInput, "spec.dataset.uri", "no such file");
        _work.Run().ShouldFail(ExitCode.InvalidInput, "spec.dataset.uri", "tokenizerUri");
        Assert.False(Directory.Exists(_work.Output));
    }

    [Fact]
    public void A_read_only_file_system_is_refused_as_permission_denied()
    {
        Directory.CreateDirectory(_work.File("sealed"));
        TrainerProcess.RunWithMounts(_work.Cache, "mount -t tmpfs -o ro tmpfs \"$2\" && trainer run \"$1\" --set output.uri=\"$2/out\"", _work.Manifest, _work.File("sealed"))
            .ShouldFail(ExitCode.StorageDenied, _work.File("sealed/out"), "read-only", "check");
    }

    [Fact]
    public void A_full_disk_stops_the_run_and_freed_space_lets_it_end_with_the_same_weights()
    {
        string[] settings = ["--threads", "1", "--set", "training.steps=6", "--set", "checkpoint.everySteps=2"];
        TrainerProcess.Run(_work.Cache, ["run", _work.Manifest, .. settings]).ShouldSucceed();
        Directory.CreateDirectory(_work.File("disk"));

        // A checkpoint has 0.5 MB; there is room for one and a half. When the second comes the disk is full.
        var result = TrainerProcess.RunWithMounts(_work.Cache, """
            manifest=$1 disk=$2 copy=$3; shift 3
            mount -t tmpfs -o size=4m tmpfs "$disk" && head -c 3400000 /dev/zero >"$disk/filler" || exit 99
            trainer run "$manifest" --set output.uri="$disk/out" "$@"; echo "first: $?"
            ls "$disk/out/checkpoints"
            rm "$disk/filler"
            trainer run "$manifest" --set output.uri="$disk/out" "$@" >/dev/null; echo "second: $?"
            cp -r "$disk/out" "$copy"
            """, [_work.Manifest, _work.File("disk"), _work.File("copy"), .. settings]);

        result.ShouldFail(ExitCode.Done, _work.File("disk/out/checkpoints"), "No space left", "run the same command again");
        Assert.Contains("first: 30\nstep-000000002\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("second: 0", result.Output, StringComparison.Ordinal);
        Assert.Contains("Continuing at step 2 of 6", result.Error, StringComparison.Ordinal);
        Assert.Equal(Workplace.Weights(_work.Output), Workplace.Weights(_work.File("copy")));
    }

    [Fact]
    public void A_run_that_diverges_keeps_its_last_checkpoint_and_a_readable_log()
    {
        var result = _work.Run("--set", "training.steps=200", "--set", "training.learningRate=1e6", "--set", "training.gradientClipNorm=0", "--set", "training.warmupSteps=5", "--set", "checkpoint.everySteps=1", "--set", "checkpoint.keepLast=1");
        result.ShouldFail(ExitCode.Diverged, "diverged at step 2:", "spec.training.learningRate (1e6)", "the last checkpoint, of step 1, is kept", "switch clipping on");
        Assert.True(File.Exists(Path.Combine(_work.Output, "checkpoints", "step-000000001", "checkpoint.json")), "the checkpoint before the bad step is gone");
        Assert.NotEmpty(MetricsFile.Read(Path.Combine(_work.Output, "metrics.jsonl")));
        Assert.False(Directory.Exists(Path.Combine(_work.Output, "model")));
    }

    [Fact]
    public void A_run_that_falls_apart_in_its_last_step_is_not_exported()
    {
        _work.Run("--set", "training.steps=1", "--set", "training.learningRate=1e6", "--set", "training.warmupSteps=0")
            .ShouldFail(ExitCode.Diverged, "diverged at step 1:", "validation loss", "spec.training.learningRate (1e6)", "there is no checkpoint yet", "lower spec.training.gradientClipNorm (1.0)");
        Assert.False(Directory.Exists(Path.Combine(_work.Output, "model")));
    }

    [Fact]
    public void Of_two_runs_that_found_the_folder_free_one_gets_it()
    {
        var run = ManifestReader.Read(_work.Manifest, []);
        var longer = ManifestReader.Read(_work.Manifest, ["training.steps=4"]);
        using var first = RunFolder.For(run, Stores.Local, SilentStatus.Instance);
        using var second = RunFolder.For(run, Stores.Local, SilentStatus.Instance);
        using var other = RunFolder.For(longer, Stores.Local, SilentStatus.Instance);
        Assert.False(Directory.Exists(_work.Output));

        first.Claim();
        Assert.Contains("in use", Assert.Throws<RunException>(second.Claim).Message, StringComparison.Ordinal);
        Assert.Contains("in use", Assert.Throws<RunException>(() => RunFolder.For(run, Stores.Local, SilentStatus.Instance)).Message, StringComparison.Ordinal);
        first.Update(marker => marker with { Complete = true });
        first.Dispose();

        second.Claim();
        Assert.True(second.Marker.Complete);
        second.Dispose();
        Assert.Contains("training.steps: 3 -> 4", Assert.Throws<RunException>(other.Claim).Message, StringComparison.Ordinal);
    }
}
