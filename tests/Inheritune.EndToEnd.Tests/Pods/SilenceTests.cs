using System.Diagnostics;
using System.Text;
using Inheritune.Api;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>A trainer that is long at something, and one that is at nothing any more; both may be silent for a minute.</summary>
[Collection(nameof(MainLane))]
public sealed class SilenceTests(PodCluster cluster)
{
    private const string Limit = "deadlines: {progressTimeoutSeconds: 60}";

    [Fact]
    public async Task A_stage_that_takes_longer_than_the_limit_is_named_and_left_alone()
    {
        var text = File.ReadAllText(TestData.Path("corpora/grimms-fairy-tales.txt"));
        cluster.Main.Open("text").Write("long.txt", stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, 4)))));
        // One short sequence at a time, which no machine does fast.
        await using var run = await FaultedRun.ApplyAsync(cluster, cluster.Main, ns => ns.Manifest(FaultedRun.Name, Limit)
            .Replace("text/stories.txt\"", "text/long.txt\", validationTokens: 800000", StringComparison.Ordinal)
            .Replace("sequenceLength: 64, microBatchSize: 8", "sequenceLength: 8, microBatchSize: 1", StringComparison.Ordinal));
        await run.AttemptAsync(1);
        var evaluating = await run.Watch.UntilAsync(status => status.Progress?.Stage == "Evaluating the reference", "the evaluation", TimeSpan.FromMinutes(3));
        Assert.Matches("^(Evaluating|Staging)", evaluating.Summary);
        var since = Stopwatch.GetTimestamp();
        await run.Watch.UntilAsync(status => status.Summary is { } summary && summary.StartsWith("Evaluating ", StringComparison.Ordinal) && summary != "Evaluating 0%", "its percentage");
        await run.Watch.UntilAsync(status => status.Results?.Reference is not null, "the loss of the reference", TimeSpan.FromMinutes(8));
        Assert.True(Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(65), $"the evaluation took only {Stopwatch.GetElapsedTime(since)}: give it a longer text");
        Assert.Equal((1, 0), (run.Watch.Latest.Job!.Attempt, run.Watch.Latest.Attempts!.Failed));
        run.Record("an evaluation longer than `progressTimeoutSeconds`", 0, run.Watch.Latest);
    }

    [Fact]
    public async Task A_trainer_that_is_frozen_is_found_and_replaced()
    {
        await using var run = await FaultedRun.ApplyAsync(cluster, cluster.Main, ns => ns.Manifest(FaultedRun.Name, Limit)
            .Replace("checkpoint: {everySteps: 20}", "checkpoint: {everySteps: 20, gracePeriodSeconds: 5}", StringComparison.Ordinal));
        await run.AttemptAsync(1);
        await run.ReachAsync(20);
        cluster.Node.Freeze(run.Namespace.Name);
        var saved = run.Namespace.SavedStep(FaultedRun.Name);
        var failed = await run.Watch.UntilAsync(status => status.LastFailure is not null, "the stall", TimeSpan.FromMinutes(3));
        Assert.Equal(ConditionReasons.ProgressStalled, failed.LastFailure!.Reason);
        await run.AttemptAsync(2);
        await run.CompletesAsync("the trainer's process is frozen (SIGSTOP), with `progressTimeoutSeconds: 60`", saved);
        Assert.Equal((1, 0), (run.Watch.Latest.Attempts!.Failed, run.Watch.Latest.Attempts.Disrupted));
    }
}
