using System.Diagnostics;
using System.Globalization;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;
using Inheritune.Trainer.Status;

namespace Inheritune.EndToEnd.Tests.Runs;

/// <summary>The program as a process, killed at random moments. INHERITUNE_KILLS says how often (default 6).</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Kill = 9;
    private const string Training = "steps: 120, microBatchSize: 4, gradientAccumulationSteps: 2, logEverySteps: 1, dropout: \"0.1\"";

    [Theory]
    [InlineData(Kill)]
    [InlineData(TrainerProcess.Terminate)]
    public void A_process_ended_at_random_moments_and_started_again_ends_with_the_same_weights(int signal)
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable("INHERITUNE_KILLS") ?? "6", CultureInfo.InvariantCulture);
        using var sample = new SampleRun("Llama", Training);
        string[] command = ["run", sample.Manifest, "--threads", "2"];

        // How long a whole run takes decides when to kill the next one.
        var clock = Stopwatch.StartNew();
        var whole = TrainerProcess.Run(sample.Folder("cache"), [.. command, "--set", $"output.uri={sample.Folder("whole")}"]);
        Assert.Equal((int)ExitCode.Done, whole.Code);
        var duration = clock.Elapsed;

        string[] killed = [.. command, "--set", $"output.uri={sample.Folder("killed")}"];
        var done = 0;
        for (var attempt = 0; done < kills && attempt < 4 * kills; attempt++)
        {
            using var process = TrainerProcess.Start(sample.Folder("cache"), killed);
            Thread.Sleep(duration * (0.1 + 0.8 * CounterRandom.Unit(signal, "kill", attempt)));
            if (process.HasExited) break;
            process.Signal(signal);
            var code = process.Wait().Code;
            done++;
            if (signal == TrainerProcess.Terminate) Assert.Contains(code, new[] { (int)ExitCode.Interrupted, (int)ExitCode.Done, 128 + signal });
        }

        Assert.Equal((int)ExitCode.Done, TrainerProcess.Run(sample.Folder("cache"), killed).Code);
        output.WriteLine($"killed {done} times");
        Assert.True(done >= 2, $"was killed only {done} times");
        Assert.Equal(sample.Fingerprint("whole"), sample.Fingerprint("killed"));
    }
}
