using System.Globalization;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Runs;

/// <summary>The program as a process, killed at random moments. INHERITUNE_KILLS says how often (default 6).</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Kill = 9;
    private const int Steps = 120;
    private const string Training = "steps: 120, microBatchSize: 4, gradientAccumulationSteps: 2, logEverySteps: 1, dropout: \"0.1\"";

    [Theory]
    [InlineData(Kill)]
    [InlineData(TrainerProcess.Terminate)]
    public void A_process_ended_at_random_moments_and_started_again_ends_with_the_same_weights(int signal)
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable("INHERITUNE_KILLS") ?? "6", CultureInfo.InvariantCulture);
        using var sample = new SampleRun("Llama", Training);
        string[] command = ["run", sample.Manifest, "--threads", "2"];

        var whole = TrainerProcess.Run(sample.Folder("cache"), [.. command, "--set", $"output.uri={sample.Folder("whole")}"]);
        Assert.Equal((int)ExitCode.Done, whole.Code);

        string[] killed = [.. command, "--set", $"output.uri={sample.Folder("killed")}"];
        var done = 0;
        for (var attempt = 0; attempt < kills; attempt++)
        {
            using var process = TrainerProcess.Start(sample.Folder("cache"), killed);
            WaitForRandomMoment(process, attempt, kills);
            if (process.HasExited) break;
            process.Signal(signal);
            var code = process.Wait().Code;
            done++;
            if (signal == TrainerProcess.Terminate) Assert.Contains(code, new[] { (int)ExitCode.Interrupted, (int)ExitCode.Done, 128 + signal });
        }

        Assert.Equal((int)ExitCode.Done, TrainerProcess.Run(sample.Folder("cache"), killed).Code);
        output.WriteLine($"killed {done} times");
        Assert.InRange(done, kills / 2, kills);
        Assert.Equal(sample.Fingerprint("whole"), sample.Fingerprint("killed"));
    }

    /// <summary>As in a pod that comes back on a node with more cores.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_that_goes_on_takes_as_many_threads_as_it_had_unless_it_is_told_otherwise(bool isTold)
    {
        Assert.SkipWhen(Environment.ProcessorCount < 2, "one processor has one thread");
        using var sample = new SampleRun("Llama", Training);
        string[] whole = ["run", sample.Manifest, "--set", $"output.uri={sample.Folder("whole")}", "--threads", "1"];
        TrainerProcess.Run(sample.Folder("cache"), whole).ShouldSucceed();

        string[] stopped = ["run", sample.Manifest, "--set", $"output.uri={sample.Folder("stopped")}"];
        using (var process = TrainerProcess.Start(sample.Folder("cache"), [.. stopped, "--threads", "1"]))
        {
            WaitForRandomMoment(process, 1, 6);
            process.Signal(TrainerProcess.Terminate);
            Assert.Equal((int)ExitCode.Interrupted, process.Wait().Code);
        }

        var result = TrainerProcess.Run(sample.Folder("cache"), isTold ? [.. stopped, "--threads", "2"] : stopped);
        result.ShouldSucceed();
        Assert.Equal(isTold, result.Error.Contains("began with 1 threads and continues with 2", StringComparison.Ordinal));
        Assert.Equal(!isTold, sample.Fingerprint("whole").SequenceEqual(sample.Fingerprint("stopped")));
    }

    /// <summary>Some moments lie in the start, most within or between steps, so many that the run is over with the last of them.</summary>
    private static void WaitForRandomMoment(TrainerProcess process, int attempt, int kills)
    {
        if (attempt % 4 == 3)
        {
            Thread.Sleep(TimeSpan.FromSeconds(2 * CounterRandom.Unit(1, "moment", attempt)));
            return;
        }

        var steps = 1 + CounterRandom.Below(2 * Steps / kills, 1, "steps", attempt);
        SpinWait.SpinUntil(() => process.HasExited || process.ErrorSoFar.Split("| loss").Length > steps, TimeSpan.FromMinutes(1));
        Thread.Sleep(TimeSpan.FromMilliseconds(40 * CounterRandom.Unit(1, "moment", attempt)));
    }
}
