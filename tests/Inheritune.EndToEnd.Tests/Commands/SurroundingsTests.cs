using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>What a shell, a container or a machine may lack.</summary>
public sealed class SurroundingsTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    [Theory]
    [InlineData(">&-", "it is closed")]
    [InlineData(">/dev/full", "No space left on device")]
    public void A_run_whose_result_nobody_can_read_is_finished_all_the_same(string redirection, string why)
    {
        var result = TrainerProcess.RunInShell(_work.Cache, $"trainer run \"$1\" {redirection}", _work.Manifest).ShouldSucceed();
        Assert.Contains($"warning: the result cannot be written to standard output ({why})", result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_work.Output, "report.html")));
        TrainerProcess.RunInShell(_work.Cache, $"trainer run \"$1\" -o json {redirection}", _work.Manifest).ShouldFail(ExitCode.StorageUnavailable, "standard output", why);
    }

    [Fact]
    public void A_result_that_is_nowhere_else_is_an_error_when_it_is_lost()
    {
        TrainerProcess.RunInShell(_work.Cache, "trainer inspect \"$1\" >/dev/full", _work.Reference).ShouldFail(ExitCode.StorageUnavailable, "standard output", "No space left");
        TrainerProcess.RunInShell(_work.Cache, "trainer inspect /no/such/model -o json >/dev/full 2>\"$1\"; code=$?; cat \"$1\" >&2; exit $code", _work.File("said")).ShouldFail(ExitCode.InvalidInput, "/no/such/model");
        // Whoever closes a pipe has read enough; a program that wants the document has not got it.
        TrainerProcess.RunInShell(_work.Cache, "{ trainer inspect \"$1\"; echo \"code $?\" >&2; } | true", _work.Reference).ShouldEndWith("code 0");
        TrainerProcess.RunInShell(_work.Cache, "{ trainer inspect \"$1\" -o json; echo \"code $?\" >&2; } | true", _work.Reference).ShouldEndWith("code 30");
    }

    [Fact]
    public void Without_standard_error_nothing_is_written_into_other_files()
    {
        TrainerProcess.RunInShell(_work.Cache, "trainer run \"$1\" <&- 2>&-", _work.Manifest).ShouldSucceed();
        TrainerProcess.Run(_work.Cache, "inspect", Path.Combine(_work.Output, "model")).ShouldSucceed();
    }

    [Fact]
    public void Too_few_open_files_are_refused_or_raised() =>
        Assert.Contains(
            TrainerProcess.RunInShell(_work.Cache, "ulimit -n 64; trainer inspect \"$1\" >/dev/null; echo \"code $?\" >&2", _work.Reference).Error.Trim().Split('\n')[^1],
            (string[])["code 20", "code 0"]);

    [Theory]
    [InlineData(2_000_000, "libtorch does not fit into the memory")]
    [InlineData(4_500_000, "ran out of memory, by its own limit")]
    public void A_limit_of_memory_is_named_and_how_to_need_less(int kibibytes, string said)
    {
        // Activations of a forward pass on a hundred thousand sequences do not fit into either.
        var result = TrainerProcess.RunInShell(_work.Cache, $"ulimit -v {kibibytes}; trainer run \"$1\" --device cpu --set training.microBatchSize=65536 --set training.sequenceLength=24", _work.Manifest);
        result.ShouldFail(ExitCode.OutOfMemory, said, "ulimit -v");
    }

    [Fact]
    public void Without_a_home_the_cache_is_in_a_temporary_folder_which_is_said()
    {
        _work.Write("text.txt", "the cat sat on the mat and the dog ran to the log. ");
        var result = TrainerProcess.RunInShell(_work.Cache, "unset INHERITUNE_CACHE XDG_CACHE_HOME; cd \"$2\"; export HOME=. TMPDIR=\"$2\"; trainer evaluate \"$1\" --dataset text.txt --sequence-length 8", _work.Reference, _work.Path).ShouldSucceed();
        Assert.Contains($"the cache is in {_work.File("inheritune-cache")}. Set INHERITUNE_CACHE", result.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(_work.File("inheritune-cache/datasets")));
        Assert.False(Directory.Exists(_work.File(".cache")));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_found_by_the_preflight_where_it_is_needed()
    {
        Directory.CreateDirectory(_work.File("sealed"));
        const string script = "mount -t tmpfs -o ro tmpfs \"$2\" && unset INHERITUNE_CACHE XDG_CACHE_HOME && export HOME=\"$2\" && trainer preflight \"$1\"";
        TrainerProcess.RunWithMounts(_work.Cache, script, _work.Manifest, _work.File("sealed")).ShouldSucceed();
        _work.Write("text.txt", string.Concat(Enumerable.Repeat("the cat sat on the mat and the dog ran to the log. ", 40)));
        _work.Replace("run.yaml", "data.bin", "text.txt");
        TrainerProcess.RunWithMounts(_work.Cache, script, _work.Manifest, _work.File("sealed"))
            .ShouldFail(ExitCode.StorageDenied, _work.File("sealed/.cache/inheritune"), "read-only", "INHERITUNE_CACHE");
    }

    [Fact]
    public void What_is_interrupted_says_what_is_left_of_it()
    {
        using var endless = TrainerProcess.Start(_work.Cache, "generate", _work.Reference, "--prompt", "the cat", "--tokens", $"{int.MaxValue}");
        endless.WaitFor("Loading the model: done");
        endless.Signal(TrainerProcess.Terminate);
        var said = endless.Wait().ShouldFail(ExitCode.Interrupted, "interrupted before it was done; run the same command again");
        Assert.DoesNotContain("sav", said.Error, StringComparison.Ordinal);
    }
}
