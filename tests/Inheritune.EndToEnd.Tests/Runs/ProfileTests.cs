using Inheritune.Trainer.Status;
using Inheritune.Trainer.Training;

namespace Inheritune.EndToEnd.Tests.Runs;

[Collection(nameof(SharedGenerator))]
public sealed class ProfileTests
{
    [Theory]
    [InlineData("GPT2")]
    [InlineData("Llama")]
    public void A_profile_says_where_the_time_goes_and_changes_no_result(string family)
    {
        using var sample = new SampleRun(family);
        sample.Execute("plain", SilentStatus.Instance, CancellationToken.None);
        sample.Execute("out", SilentStatus.Instance, CancellationToken.None, profile: true);

        Assert.Equal(sample.Fingerprint("plain"), sample.Fingerprint("out"));
        var points = MetricsFile.Read(sample.Folder("out/metrics.jsonl"));
        Assert.All(points, point => Assert.NotNull(point.Activities));
        var activities = points.SelectMany(point => point.Activities!).GroupBy(a => a.Key).ToDictionary(a => a.Key, a => a.Sum(p => p.Value));
        Assert.Superset(new HashSet<string> { "data", "forward", "head", "backward", "optimizer", "evaluation", "checkpoint", "status" }, activities.Keys.ToHashSet());
        var operators = points.SelectMany(point => point.Operators!).GroupBy(o => o.Key).ToDictionary(o => o.Key, o => o.Sum(p => p.Value));
        Assert.Superset(new HashSet<string> { "attention", "matrix products", "optimizer", "other operators" }, operators.Keys.ToHashSet());
        Assert.Contains("Where the time went", File.ReadAllText(sample.Folder("out/report.html")), StringComparison.Ordinal);
        Assert.DoesNotContain("Where the time went", File.ReadAllText(sample.Folder("plain/report.html")), StringComparison.Ordinal);
    }
}
