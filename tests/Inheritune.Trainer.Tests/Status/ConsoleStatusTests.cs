using System.Text;
using System.Text.RegularExpressions;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Tests.Status;

public sealed partial class ConsoleStatusTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Plain_lines_are_dated_and_stages_speak_at_most_every_ten_seconds()
    {
        using var status = new ConsoleStatus(_error, interactive: false, _time);
        status.Info("Read [12] of 41 tensors");
        using (var stage = status.Begin("Tokenizing", 1000, "MB"))
        {
            for (var second = 0; second <= 25; second++)
            {
                stage.Report(second * 10);
                _time.Advance(1);
            }

            stage.Report(1000, "loss 3.41");
        }

        status.Warn("two\nlines");
        Assert.Equal(
            """
            2026-11-23T14:03:12Z  info  Read [12] of 41 tensors
            2026-11-23T14:03:12Z  info  Tokenizing: started, 1,000 MB
            2026-11-23T14:03:22Z  info  Tokenizing: 10 % | 100/1,000 MB | 10 MB/s | 1:30 left
            2026-11-23T14:03:32Z  info  Tokenizing: 20 % | 200/1,000 MB | 10 MB/s | 1:20 left
            2026-11-23T14:03:38Z  info  Tokenizing: done in 26.0 s
            2026-11-23T14:03:38Z  warn  two
            2026-11-23T14:03:38Z  warn  lines

            """, _error.ToString());
    }

    [Theory]
    [InlineData(5, "0:05")]
    [InlineData(3599.9, "59:59")]
    [InlineData(7265, "2:01:05")]
    [InlineData(3 * 86400 + 14706, "3d 04:05:06")]
    [InlineData(1e300, "115740d 17:46:40")]
    public void Spans_of_time_lose_no_days(double seconds, string text) => Assert.Equal(text, StageProgress.Clock(seconds));

    [Fact]
    public void Rate_of_a_resumed_stage_counts_from_where_it_began()
    {
        using var status = new ConsoleStatus(_error, interactive: false, _time);
        using var stage = status.Begin("Training", 1000, "steps");
        stage.Report(500);
        _time.Advance(10);
        stage.Report(600);
        Assert.Contains("60 % | 600/1,000 steps | 10 steps/s | 0:40 left", _error.ToString());
    }

    [Fact]
    public void Stage_within_another_speaks_only_when_it_takes_long()
    {
        using var status = new ConsoleStatus(_error, interactive: false, _time);
        using var outer = status.Begin("Training", 10, "steps");
        status.Begin("Short", 1, "batches").Dispose();
        using (var inner = status.Begin("Long", 10, "batches"))
        {
            _time.Advance(10);
            inner.Report(5, "loss 3");
        }

        Assert.DoesNotContain("Short", _error.ToString());
        Assert.Contains("Long: 50 % | loss 3\n", _error.ToString());
        Assert.Contains("Long: stopped at 50 % after 10.0 s\n", _error.ToString());
    }

    [Fact]
    public void Stage_that_ends_early_says_so_and_only_once()
    {
        using var status = new ConsoleStatus(_error, interactive: false, _time);
        var stage = status.Begin("Training", 100, "steps");
        stage.Report(45);
        stage.Report(double.NaN);
        stage.Dispose();
        stage.Dispose();
        Assert.Single(LineEnds().Matches(_error.ToString()), match => match.Value == "Training: stopped at 45 % after 0.0 s\n");
    }

    [Fact]
    public void Terminal_shows_bars_with_unescaped_text_and_lines_above()
    {
        using (var status = new ConsoleStatus(_error, interactive: true, TimeProvider.System))
        {
            using (var outer = status.Begin("Training [red]", 10, "steps"))
            {
                outer.Report(5, "loss [3.41]");
                using (status.Begin("Evaluating", 0, "batches")) status.Info("a [bold]line[/");
                outer.Report(10, "loss [3.40]");
            }

            using (status.Begin("Exporting", 1, "MB")) status.Warn("odd");
            status.Begin("Left open", 1, "MB");
        }

        var text = _error.ToString();
        foreach (var part in new[] { "Training [red]", "loss [3.40]", "a [bold]line[/", "Exporting", "warning: odd", "Left open", "100%" }) Assert.Contains(part, text);
        Assert.DoesNotContain("Evaluating", text[text.LastIndexOf("loss [3.40]", StringComparison.Ordinal)..]);
        Assert.True(text.LastIndexOf("\e[?25h", StringComparison.Ordinal) > text.LastIndexOf("\e[?25l", StringComparison.Ordinal), "the cursor stays hidden");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Broken_pipe_does_not_reach_the_run(bool interactive)
    {
        using var status = new ConsoleStatus(new BrokenPipe(), interactive, TimeProvider.System);
        status.Info("a");
        using var stage = status.Begin("Training", 10, "steps");
        stage.Report(5);
        status.Warn("b");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lines_from_other_threads_stay_whole(bool interactive)
    {
        using (var status = new ConsoleStatus(_error, interactive, TimeProvider.System))
        {
            using var stage = status.Begin("Training", 200, "steps");
            var other = Task.Run(() =>
            {
                for (var i = 0; i < 100; i++) status.Info($"signal {i} end");
            }, TestContext.Current.CancellationToken);
            for (var i = 0; i < 200; i++) stage.Report(i);
            await other;
        }

        Assert.Equal(100, SignalLines().Count(_error.ToString()));
    }

    [GeneratedRegex("Training: stopped.*\n")]
    private static partial Regex LineEnds();

    [GeneratedRegex("signal [0-9]+ end")]
    private static partial Regex SignalLines();

    private sealed class BrokenPipe : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new IOException("Broken pipe");

        public override void Flush() => throw new IOException("Broken pipe");
    }
}
