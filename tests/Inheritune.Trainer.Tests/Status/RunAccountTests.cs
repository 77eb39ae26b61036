using Inheritune.Api;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Tests.Status;

/// <summary>What becomes of news about a run.</summary>
public sealed class RunAccountTests
{
    private readonly RunAccount _account = new();

    [Fact]
    public void News_add_up_and_percent_eta_and_gap_follow_from_them()
    {
        Add(new() { Activity = RunActivity.Training, TotalSteps = 5000 });
        Add(new() { Step = 1249, Tokens = 40_000, Loss = "3.4", EtaSeconds = 5400 });
        _account.Add(new InheritRunStatus { Results = new() { Reference = new() { Loss = "3.1000" } } });
        Add(new() { Activity = RunActivity.Evaluating, EvalLoss = "3.5010" });
        Assert.Equal(
            """{"progress":{"activity":"Evaluating","totalSteps":5000,"step":1249,"tokens":40000,"loss":"3.4","etaSeconds":5400,"percent":"24%","eta":"1h30m","evalLoss":"3.5010","gap":"+0.4010"},"results":{"reference":{"loss":"3.1000"}}}""",
            _account.Snapshot().ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public void Another_activity_an_evaluation_a_checkpoint_and_a_result_are_urgent_and_steps_are_not()
    {
        Assert.True(Add(new() { Activity = RunActivity.Training }));
        Assert.False(Add(new() { Activity = RunActivity.Training, Step = 1, TotalSteps = 10, Loss = "3", TokensPerSecond = 7 }));
        Assert.True(Add(new() { EvalLoss = "3" }));
        Assert.False(Add(new() { EvalLoss = "3", Step = 2 }));
        Assert.True(_account.Add(new InheritRunStatus { Checkpoint = new() { Step = 2 } }));
        Assert.True(_account.Add(new InheritRunStatus { Results = new() { Final = new() { Loss = "3" } } }));
        Assert.False(_account.Add(new InheritRunStatus { Results = new() { Final = new() { Loss = "3" } } }));
    }

    [Fact]
    public void Where_the_process_is_belongs_to_what_is_told_as_long_as_it_is_there()
    {
        Add(new() { Activity = RunActivity.Staging });
        var stage = _account.Snapshot(new() { Stage = "Tokenizing", StagePercent = "40%" });
        Assert.Equal("""{"progress":{"activity":"Staging","stage":"Tokenizing","stagePercent":"40%"}}""", stage.ToJsonString());
        Assert.Equal("""{"progress":{"activity":"Staging"}}""", _account.Snapshot(new()).ToJsonString());
        Assert.Equal("""{"progress":{"trouble":"none answers"}}""", new RunAccount().Snapshot(new() { Trouble = "none answers" }).ToJsonString());
        Assert.Empty(new RunAccount().Snapshot(new()));

        // Further is no other place; another stage is, but beside the training.
        Assert.Equal(RunAccount.Place(stage), RunAccount.Place(_account.Snapshot(new() { Stage = "Tokenizing", StagePercent = "41%" })));
        Assert.NotEqual(RunAccount.Place(stage), RunAccount.Place(_account.Snapshot(new() { Stage = "Inheriting", StagePercent = "40%" })));
        Assert.NotEqual(RunAccount.Place(stage), RunAccount.Place(_account.Snapshot(new() { Stage = "Tokenizing", StagePercent = "40%", Trouble = "none answers" })));
        Add(new() { Activity = RunActivity.Training });
        Assert.Equal(RunAccount.Place(_account.Snapshot(new())), RunAccount.Place(_account.Snapshot(new() { Stage = "Storing the checkpoint of step 20" })));
    }

    [Fact]
    public void Times_are_whole_seconds_as_all_others_of_a_resource()
    {
        _account.Add(new InheritRunStatus { Checkpoint = new() { Step = 2, Time = new DateTimeOffset(2026, 11, 23, 15, 3, 12, 345, TimeSpan.FromHours(1)) } });
        Assert.Equal("2026-11-23T14:03:12Z", (string?)_account.Snapshot()["checkpoint"]!["time"]);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(59, "59s")]
    [InlineData(60, "1m")]
    [InlineData(3599, "59m59s")]
    [InlineData(3600, "1h")]
    [InlineData(3605, "1h")]
    [InlineData(5400, "1h30m")]
    [InlineData(100_000, "1d3h")]
    public void Spans_are_shown_as_kubectl_shows_ages(long seconds, string shown)
    {
        Assert.Equal(shown, Figures.Duration(seconds));
        Assert.Matches(Patterns.Duration, shown);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3.14159)]
    [InlineData(750)]
    [InlineData(1e30)]
    [InlineData(1e99)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Every_loss_matches_the_pattern_of_the_resource_or_is_left_out(double loss)
    {
        var (text, result) = (Figures.Loss(loss), Figures.Result(loss));
        Assert.Equal(double.IsFinite(loss), text is not null);
        Assert.Equal(text, result?.Loss);
        foreach (var written in new[] { text, result?.Perplexity }.OfType<string>())
        {
            Assert.Matches(Patterns.Decimal, written);
            Assert.InRange(written.Length, 1, 32);
        }

        if (Figures.Gap(loss) is { } gap) Assert.Matches(Patterns.SignedDecimal, gap);
    }

    private bool Add(RunProgress progress) => _account.Add(new InheritRunStatus { Progress = progress });
}
