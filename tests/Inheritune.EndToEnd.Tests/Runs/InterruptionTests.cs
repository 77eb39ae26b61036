using Inheritune.Trainer;
using Inheritune.Trainer.Status;

namespace Inheritune.EndToEnd.Tests.Runs;

[Collection(nameof(SharedGenerator))]
public sealed class InterruptionTests
{
    [Theory]
    [InlineData("GPT2", 1)]
    [InlineData("Llama", 3)]
    public void A_run_stopped_at_any_of_its_reports_and_continued_ends_bit_identical(string family, int first)
    {
        // Every fourth of about a hundred, and others for the other family.
        const int stride = 4;
        using var sample = new SampleRun(family);
        using var all = new StopAtEvent(0);
        sample.Execute("whole", all, CancellationToken.None);
        var expected = sample.Fingerprint("whole");

        Assert.True(all.Events > 50, $"only {all.Events} reports");
        for (var n = first; n <= all.Events; n += stride)
        {
            using var stop = new StopAtEvent(n);
            var output = $"stopped-{n}";

            // The very last reports come after the last look at the token.
            try
            {
                sample.Execute(output, stop, stop.Token);
            }
            catch (OperationCanceledException)
            {
                sample.Execute(output, SilentStatus.Instance, CancellationToken.None);
            }

            Assert.True(expected.SequenceEqual(sample.Fingerprint(output)), $"differs after a stop at report {n}: {stop.Where}");
            Directory.Delete(sample.Folder(output), recursive: true);
        }
    }

    [Fact]
    public void A_run_stopped_at_every_step_in_turn_still_ends_bit_identical()
    {
        using var sample = new SampleRun("Llama");
        sample.Execute("whole", SilentStatus.Instance, CancellationToken.None);

        var attempts = 0;
        for (var done = false; !done; attempts++)
        {
            using var stop = new StopAtEvent(1, "Training ");
            try
            {
                sample.Execute("stuttering", stop, stop.Token);
                done = true;
            }
            catch (OperationCanceledException)
            {
                Assert.True(attempts < 100, "makes no progress");
            }
        }

        Assert.True(attempts > 3, $"was stopped only {attempts} times");
        Assert.Equal(sample.Fingerprint("whole"), sample.Fingerprint("stuttering"));
    }

    [Fact]
    public void A_finished_run_is_not_trained_again()
    {
        using var sample = new SampleRun("GPT2");
        var first = sample.Execute("out", SilentStatus.Instance, CancellationToken.None);
        var written = Times(sample.Folder("out"));
        var second = sample.Execute("out", SilentStatus.Instance, CancellationToken.None);

        Assert.True(second.AlreadyComplete);
        Assert.Equal(first.Report.Results, second.Report.Results);
        Assert.Equal(written, Times(sample.Folder("out")));
    }

    [Fact]
    public void A_damaged_checkpoint_is_passed_over_with_a_warning()
    {
        using var sample = new SampleRun("GPT2");
        sample.Execute("whole", SilentStatus.Instance, CancellationToken.None);
        var steps = Interrupt(sample, "damaged", atStep: 5);
        Assert.True(steps.Length > 1);

        var weights = Path.Combine(steps[^1], "weights.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);

        var status = new Listener();
        sample.Execute("damaged", status, CancellationToken.None);
        Assert.Contains(status.Warnings, w => w.Contains("is damaged", StringComparison.Ordinal));
        Assert.Equal(sample.Fingerprint("whole"), sample.Fingerprint("damaged"));
    }

    [Fact]
    public void Divergence_ends_the_run_and_keeps_the_last_good_checkpoint()
    {
        using var sample = new SampleRun("GPT2", "steps: 1000, microBatchSize: 2, learningRate: \"10\", warmupSteps: 1000, gradientClipNorm: \"0\"");
        var e = Assert.Throws<RunException>(() => sample.Execute("out", SilentStatus.Instance, CancellationToken.None));

        Assert.Equal(ExitCode.Diverged, e.Code);
        Assert.Contains("spec.training.learningRate (10)", e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetDirectories(sample.Folder("out/checkpoints")));
    }

    private static string[] Interrupt(SampleRun sample, string output, int atStep)
    {
        using var stop = new StopAtEvent(1, FormattableString.Invariant($"Training {atStep}"));
        Assert.Throws<OperationCanceledException>(() => sample.Execute(output, stop, stop.Token));
        return [.. Directory.GetDirectories(sample.Folder($"{output}/checkpoints")).Order(StringComparer.Ordinal)];
    }

    private static Dictionary<string, DateTime> Times(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(path => path, File.GetLastWriteTimeUtc);

    private sealed class Listener : IRunStatus
    {
        public List<string> Warnings { get; } = [];

        public void Info(string message)
        {
        }

        public void Warn(string message) => Warnings.Add(message);

        public IStage Begin(string title, double total, string unit) => SilentStatus.Instance.Begin(title, total, unit);
    }
}
