using Inheritune.Trainer.Status;
using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Tests.Training;

/// <summary>Whether the time that a stop leaves is enough for what is to be saved.</summary>
public sealed class SaveTimesTests
{
    private static readonly CheckpointManifest Checkpoint = new("recipe", new TrainingState { Step = 7 }, [new("weights.safetensors", 1_500_000_000, "")]);

    [Theory]
    [InlineData(40, 120, 0, false)]
    [InlineData(40, 60, 0, true)]
    [InlineData(40, 60, 19, true)]
    [InlineData(40, 60, 21, false)]
    [InlineData(40, 60, 90, false)]
    [InlineData(40, 39, 0, false)]
    [InlineData(40, null, 0, false)]
    [InlineData(0, 60, 0, false)]
    public void The_newest_is_favoured_where_it_fits_and_both_do_not(int took, int? grace, int underWay, bool expected)
    {
        var times = new SaveTimes(SilentStatus.Instance, grace is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        if (took > 0) times.Add(Checkpoint, TimeSpan.FromSeconds(took), TimeSpan.FromSeconds(1));
        Assert.Equal(expected, times.FavourNewest(TimeSpan.FromSeconds(underWay)));
    }

    [Fact]
    public void What_a_save_takes_is_said_and_a_grace_that_does_not_hold_it_twice_is_warned_of_once()
    {
        using var words = new StringWriter();
        var times = new SaveTimes(new ConsoleStatus(words, interactive: false, TimeProvider.System), TimeSpan.FromSeconds(120));
        foreach (var took in new[] { 60, 75, 90 }) times.Add(Checkpoint, TimeSpan.FromSeconds(took), TimeSpan.FromSeconds(0.4));
        Assert.Equal(TimeSpan.FromSeconds(90), times.Longest);
        var lines = words.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Count(line => line.Contains("Checkpoint of step 7: 1,500.0 MB saved in", StringComparison.Ordinal) && line.EndsWith("the training waited 0.4 s", StringComparison.Ordinal)));
        var warning = Assert.Single(lines, line => line.Contains("  warn  ", StringComparison.Ordinal));
        foreach (var said in new[] { "takes 75 s", "leaves 120 s", "spec.checkpoint.gracePeriodSeconds: 150" }) Assert.Contains(said, warning, StringComparison.Ordinal);
    }
}
