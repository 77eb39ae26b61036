using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>A run knows its data by its bytes: what changes, what is validated on and what runs have written is never trained on silently.</summary>
[Collection(nameof(OneAtATime))]
public sealed class DataIdentityTests : IDisposable
{
    /// <summary>A run that ends after its losses were measured, and would again.</summary>
    private static readonly string[] Diverging = ["--set", "training.steps=1", "--set", "training.learningRate=1e6", "--set", "training.warmupSteps=0"];

    private readonly Workplace _work = new();

    public DataIdentityTests()
    {
        Directory.CreateDirectory(_work.File("data"));
        File.Copy(_work.File("data.bin"), _work.File("data/a.bin"));
        _work.WritePacked("data/b.bin", Enumerable.Range(0, 2000).Select(i => (ushort)(i % 299)));
        _work.WritePacked("held-out.bin", Enumerable.Range(0, 100).Select(i => (ushort)i));
        _work.Replace("run.yaml", "{uri: data.bin}", "{uri: data, validationUri: held-out.bin}");
    }

    public void Dispose() => _work.Dispose();

    [Fact]
    public void Data_that_changed_since_the_run_began_is_refused_with_what_changed_and_the_same_bytes_are_not()
    {
        Run(Diverging).ShouldFail(ExitCode.Diverged);
        foreach (var name in new[] { "data/a.bin", "held-out.bin" })
        {
            // As from another node's download.
            var bytes = File.ReadAllBytes(_work.File(name));
            File.Delete(_work.File(name));
            _work.Write(name, bytes);
        }

        File.Move(_work.File("data/b.bin"), _work.File("data/bb.bin"));
        Run(Diverging).ShouldFail(ExitCode.Diverged);
        Preflight().ShouldSucceed();
        File.Move(_work.File("data/bb.bin"), _work.File("data/b.bin"));

        var original = File.ReadAllBytes(_work.File("data/a.bin"));
        var when = File.GetLastWriteTimeUtc(_work.File("data/a.bin"));
        _work.Write("data/a.bin", [.. original.Reverse()]);
        File.SetLastWriteTimeUtc(_work.File("data/a.bin"), when);
        Refused("spec.dataset.uri", "has changed since the run began (changed: a.bin)", "as it was", "another spec.output.uri");
        _work.Write("data/a.bin", [.. original, 1, 0]);
        Refused("spec.dataset.uri", "(changed: a.bin from 4,000 to 4,002 bytes)");
        _work.Write("data/a.bin", original);
        _work.Write("data/c.bin", original);
        File.Move(_work.File("data/b.bin"), _work.File("b.bin"));
        Refused("spec.dataset.uri", "(added: c.bin; removed: b.bin)");
        File.Delete(_work.File("data/c.bin"));
        File.Move(_work.File("b.bin"), _work.File("data/b.bin"));
        Preflight().ShouldSucceed();
        _work.WritePacked("held-out.bin", Enumerable.Range(1, 100).Select(i => (ushort)i));
        Refused("spec.dataset.validationUri", "(changed: held-out.bin)");
    }

    [Fact]
    public void A_complete_run_stays_complete_whatever_became_of_its_data()
    {
        Run().ShouldSucceed();
        Directory.Delete(_work.File("data"), recursive: true);
        Assert.Contains("already complete", Run().ShouldSucceed().Error, StringComparison.Ordinal);
        Preflight().ShouldSucceed();
    }

    [Fact]
    public void More_files_than_a_marker_should_hold_are_counted()
    {
        for (var i = 0; i < 300; i++) _work.WritePacked($"data/{i}.bin", Enumerable.Repeat((ushort)i, 30));
        Run(Diverging).ShouldFail(ExitCode.Diverged);
        Assert.InRange(new FileInfo(Path.Combine(_work.Output, "run.json")).Length, 1, 10_000);
        File.Delete(_work.File("data/7.bin"));
        Refused("spec.dataset.uri", "302 files with 26,000 bytes were there, now 301 with 25,940");
    }

    [Fact]
    public void Validation_data_within_the_dataset_is_left_out_of_training_and_the_results_say_so()
    {
        _work.WritePacked("data/b.bin", Enumerable.Range(0, 500).Select(i => (ushort)(i % 300)));
        File.Copy(_work.File("data/b.bin"), _work.File("held-out.bin"), overwrite: true);
        Assert.Contains("left out, so that nothing is both trained on and validated on: b.bin (the same as", Preflight().ShouldSucceed().Error, StringComparison.Ordinal);
        Assert.Contains("left out, so that nothing is both trained on and validated on: b.bin (the same as", Run().ShouldSucceed().Error, StringComparison.Ordinal);
        foreach (var file in new[] { "results.json", "report.html" })
            Assert.Contains("Left out, so that nothing is both trained on and validated on", _work.Text($"out/{file}"), StringComparison.Ordinal);
        Assert.Contains("data: 2,000 tokens for training, 500 for validation", _work.Text("out/results.json"), StringComparison.Ordinal);

        string[] twice = ["--set", $"dataset.validationUri={_work.File("data")}", "--set", $"output.uri={_work.File("other")}"];
        Preflight(twice).ShouldFail(ExitCode.InvalidInput, "spec.dataset.validationUri", "nothing is left to train on");
        Run(twice).ShouldFail(ExitCode.InvalidInput, "spec.dataset.validationUri", "nothing is left to train on");
    }

    [Fact]
    public void An_output_within_the_data_is_refused_and_what_an_earlier_run_left_there_is_no_data()
    {
        Directory.CreateSymbolicLink(_work.File("alias"), _work.File("data"));
        Directory.CreateDirectory(_work.File("validation"));
        File.Move(_work.File("held-out.bin"), _work.File("validation/held-out.bin"));
        _work.Replace("run.yaml", "held-out.bin", "validation");
        foreach (var (output, field) in new[] { ("data/run", "spec.dataset.uri"), ("data", "spec.dataset.uri"), ("alias/deep/run", "spec.dataset.uri"), ("validation/run", "spec.dataset.validationUri") })
        {
            var before = Workplace.Snapshot(_work.Path).Keys.Order();
            string[] set = ["--set", $"output.uri={_work.File(output)}"];
            Run(set).ShouldFail(ExitCode.InvalidInput, "spec.output.uri", $"lies within {field}", "outside");
            Preflight(set).ShouldFail(ExitCode.InvalidInput, "spec.output.uri", $"lies within {field}", "outside");
            Assert.Equal(before, Workplace.Snapshot(_work.Path).Keys.Order());
        }

        Run().ShouldSucceed();
        Directory.Move(_work.Output, _work.File("data/run"));
        var result = Run().ShouldSucceed();
        Assert.Contains("left out what runs have written there: run", result.Error, StringComparison.Ordinal);
        Assert.Equal(Workplace.Weights(_work.File("data/run")), Workplace.Weights(_work.Output));
    }

    [Fact]
    public void Ids_are_not_written_among_the_text_that_they_are_made_of()
    {
        _work.Write("text/a.txt", "the cat sat on the mat");
        Tokenize("text", "text/tokens.bin").ShouldFail(ExitCode.InvalidInput, "--to", "lies within --dataset");
        Assert.False(File.Exists(_work.File("text/tokens.bin")));
        Tokenize("text/a.txt", "text/tokens.bin").ShouldSucceed();

        CommandResult Tokenize(string from, string to) => CommandLine.Run("tokenize", _work.Reference, "--dataset", _work.File(from), "--to", _work.File(to), "-o", "json");
    }

    [Fact]
    public void A_model_and_its_data_behind_links_run_as_they_are()
    {
        Run().ShouldSucceed();
        var hub = _work.File("models--me--stories äö 中");
        Directory.CreateDirectory($"{hub}/blobs");
        Directory.CreateDirectory($"{hub}/snapshots/abc");
        foreach (var (i, file) in Directory.GetFiles(_work.Reference).Index())
        {
            File.Copy(file, $"{hub}/blobs/{i:x40}");
            File.CreateSymbolicLink($"{hub}/snapshots/abc/{Path.GetFileName(file)}", $"../../blobs/{i:x40}");
        }

        File.CreateSymbolicLink($"{hub}/snapshots/abc/dangling.safetensors", "nowhere");
        Directory.CreateDirectory(_work.File("data with spaces"));
        File.CreateSymbolicLink(_work.File("data with spaces/größe ✓.bin"), "../data/a.bin");
        File.CreateSymbolicLink(_work.File("data with spaces/z.bin"), "../data/b.bin");
        File.CreateSymbolicLink(_work.File("data with spaces/dangling.bin"), "nowhere");
        Run("--set", $"reference.uri={hub}/snapshots/abc", "--set", $"dataset.uri={_work.File("data with spaces")}", "--set", $"output.uri={_work.File("out put ✓")}").ShouldSucceed();
        Assert.Equal(Workplace.Weights(_work.Output), Workplace.Weights(_work.File("out put ✓")));
    }

    /// <summary>With JSON: the library behind text output keeps the first console that it sees.</summary>
    private CommandResult Run(params string[] more) => _work.Run([.. more, "-o", "json"]);

    private void Refused(params string[] said)
    {
        Run(Diverging).ShouldFail(ExitCode.InvalidInput, said);
        Preflight().ShouldFail(ExitCode.InvalidInput, said);
    }

    private CommandResult Preflight(params string[] more) => CommandLine.Run(["preflight", _work.Manifest, "--device", "cpu", "-o", "json", .. more.Length > 0 ? more : Settings()]);

    /// <summary>Those of the run that is in the output.</summary>
    private string[] Settings() => File.Exists(_work.File("out/run.json")) && !_work.Text("out/run.json").Contains("\"complete\": true", StringComparison.Ordinal) ? Diverging : [];
}
