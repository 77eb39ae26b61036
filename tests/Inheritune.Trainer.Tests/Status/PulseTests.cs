using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Tests.Status;

/// <summary>Whether a process gets on, as it knows itself.</summary>
public sealed class PulseTests
{
    private readonly ManualTime _time = new();
    private readonly Pulse _pulse;

    public PulseTests() => _pulse = new Pulse(SilentStatus.Instance, _time, TimeSpan.FromSeconds(60));

    [Fact]
    public void The_innermost_stage_is_where_the_process_is()
    {
        using var outer = _pulse.Begin("Training", 10, "steps");
        outer.Report(4);
        Assert.Equal(("Training", "40%"), Standing());
        using (var inner = _pulse.Begin("Evaluating", 3, "batches"))
        {
            Assert.Equal(("Evaluating", "0%"), Standing());
            inner.Report(2);
            outer.Report(5);
            Assert.Equal(("Evaluating", "66%"), Standing());
        }

        Assert.Equal(("Training", "50%"), Standing());
        outer.Dispose();
        Assert.Equal((null, null), Standing());
    }

    [Fact]
    public void Only_what_is_done_is_a_beat()
    {
        using var stage = _pulse.Begin("Tokenizing", 10, "MB");
        var before = _pulse.Beats;
        stage.Report(1);
        Assert.Equal(before + 1, _pulse.Beats);
        // The same again, and lines that people read, say nothing.
        stage.Report(1, "corpus.txt");
        _pulse.Info("still there");
        _pulse.Warn("still there");
        Assert.Equal(before + 1, _pulse.Beats);
        _pulse.Beat();
        stage.Dispose();
        stage.Dispose();
        Assert.Equal(before + 3, _pulse.Beats);
    }

    [Fact]
    public void A_stage_that_does_not_go_on_has_stalled_until_it_does()
    {
        using var stage = _pulse.Begin("Tokenizing", 10, "MB");
        stage.Report(4);
        _time.Advance(60);
        Assert.Null(_pulse.Stall);
        _time.Advance(1);
        stage.Report(4);
        Assert.Equal("Tokenizing (40%) has not gone on since 2026-11-23T14:03:12Z, for more than 60 s", _pulse.Stall);
        stage.Report(5);
        Assert.Null(_pulse.Stall);
    }

    [Fact]
    public void Without_a_limit_nothing_stalls()
    {
        var patient = new Pulse(SilentStatus.Instance, _time);
        _time.Advance(1e9);
        Assert.Null(patient.Stall);
    }

    [Fact]
    public void What_holds_the_process_up_is_told_until_it_has_passed()
    {
        var turns = 0;
        _pulse.Turned += () => turns++;
        var first = _pulse.Wait("a does not answer");
        var second = _pulse.Wait($"b{new string('!', 600)}");
        Assert.Equal($"b{new string('!', 510)}…", _pulse.Standing.Trouble);
        second.Dispose();
        Assert.Equal("a does not answer", _pulse.Standing.Trouble);
        first.Dispose();
        Assert.Null(_pulse.Standing.Trouble);
        Assert.Equal(4, turns);
    }

    private (string? Stage, string? Percent) Standing() => (_pulse.Standing.Stage, _pulse.Standing.StagePercent);
}
