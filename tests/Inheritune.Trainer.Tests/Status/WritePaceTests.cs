using Inheritune.Trainer.Status;
using Microsoft.Extensions.Time.Testing;

namespace Inheritune.Trainer.Tests.Status;

/// <summary>How often a run may write its status.</summary>
public sealed class WritePaceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly WritePace _pace;

    public WritePaceTests() => _pace = new WritePace(new KubernetesOptions(new Uri("https://127.0.0.1"), "ns", "run", "/nowhere"), _time);

    [Fact]
    public void First_write_is_at_once() => Assert.True(_pace.Remaining(urgent: false) <= TimeSpan.Zero);

    [Fact]
    public void After_a_write_urgent_news_wait_five_seconds_and_others_thirty_and_a_little_more()
    {
        var waits = new HashSet<double>();
        for (var i = 0; i < 100; i++)
        {
            _pace.Succeeded();
            Assert.Equal(5, _pace.Remaining(urgent: true).TotalSeconds);
            waits.Add(_pace.Remaining(urgent: false).TotalSeconds);
            _time.Advance(TimeSpan.FromSeconds(5));
            Assert.True(_pace.Remaining(urgent: true) <= TimeSpan.Zero);
            Assert.True(_pace.Remaining(urgent: false) > TimeSpan.FromSeconds(18));
            _time.Advance(TimeSpan.FromSeconds(31));
            Assert.True(_pace.Remaining(urgent: false) <= TimeSpan.Zero);
        }

        Assert.All(waits, wait => Assert.InRange(wait, 30, 36));
        Assert.True(waits.Count > 90, "runs that began together would write together");
    }

    [Fact]
    public void Failures_in_a_row_make_the_pauses_longer_up_to_a_minute_and_a_success_ends_that()
    {
        double[] at_least = [1, 2, 4, 8, 16, 32, 60, 60];
        foreach (var seconds in at_least)
        {
            _pace.Failed(TimeSpan.Zero);
            Assert.InRange(_pace.Remaining(urgent: true).TotalSeconds, seconds, Math.Min(60, seconds * 1.2));
            Assert.Equal(_pace.Remaining(urgent: true), _pace.Remaining(urgent: false));
        }

        _pace.Succeeded();
        _pace.Failed(TimeSpan.Zero);
        Assert.InRange(_pace.Remaining(urgent: true).TotalSeconds, 1, 1.2);
    }

    [Fact]
    public void A_server_that_says_when_is_left_alone_until_then_but_not_for_ever()
    {
        _pace.Failed(TimeSpan.FromSeconds(45));
        Assert.Equal(45, _pace.Remaining(urgent: true).TotalSeconds);
        _pace.Failed(TimeSpan.FromDays(100));
        Assert.Equal(TimeSpan.FromHours(1), _pace.Remaining(urgent: true));
    }
}
