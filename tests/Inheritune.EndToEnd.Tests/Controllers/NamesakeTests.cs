using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>What stands under a run's names and is not its own: Jobs and pods of an earlier run or of someone else, and the words of an image that is not the trainer's.</summary>
[Collection(nameof(Runs))]
public sealed class NamesakeTests(ControlPlane plane, RunApis apis) : IAsyncLifetime
{
    private const string Hold = "tests.inheritune.dev/hold";

    private OperatorCluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await OperatorCluster.StartAsync(plane, apis);

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? default;

    [Fact]
    public async Task Run_made_again_while_its_old_Job_and_pod_are_there_says_so_and_goes_on_when_they_are_gone()
    {
        var earlier = await _cluster.CreateRunAsync("again");
        var old = await _cluster.TrainAsync("again");
        await _cluster.ReportAsync(earlier, old);
        await _cluster.StateAsync("again", ConditionReasons.Training);
        await HoldAsync("again-train", Hold);
        await _cluster.Client.DeleteAsync<V1Alpha1InheritRun>(_cluster.Key("again"), Stop);
        await Poll.UntilAsync(async () => await _cluster.FindJobAsync("again-preflight") is null && await _cluster.FindJobAsync("again-train") is { Metadata.DeletionTimestamp: not null });

        var run = await _cluster.CreateRunAsync("again");
        await _cluster.Kubelet.EndsAsync(await _cluster.PodAsync("again-preflight"), 0);
        var waiting = await _cluster.StateAsync("again", ConditionReasons.Pending);
        await Poll.UntilAsync(async () => (OperatorCluster.Condition(waiting = await _cluster.RunAsync("again"), ConditionTypes.Succeeded)?.Message ?? "").StartsWith("Waits until Job again-train", StringComparison.Ordinal));
        Assert.Equal((run.Uid(), null), (waiting.Uid(), waiting.Status!.Job));

        await HoldAsync("again-train", null);
        var pod = await _cluster.PodAsync("again-train");
        await _cluster.ReportAsync(run, pod);
        var status = (await _cluster.StateAsync("again", ConditionReasons.Training)).Status!;
        Assert.Equal((1, pod.Name(), 0), (status.Job!.Attempt, status.Job.PodName, status.Attempts!.Disrupted));
    }

    [Fact]
    public async Task Words_of_another_image_do_not_keep_a_run_from_its_end()
    {
        await _cluster.CreateRunAsync("words");
        await _cluster.Kubelet.EndsAsync(await _cluster.TrainAsync("words"), 0, """{"results": {"final": {"loss": "3.12", "perplexity": "high"}, "artifact": {"uri": "/models/x"}}, "message": {}}""");
        var ended = await _cluster.StateAsync("words", ConditionReasons.Completed);
        Assert.Equal(("3.12", null, null), (ended.Status!.Results!.Final!.Loss, ended.Status.Results.Final.Perplexity, ended.Status.Results.Artifact));
        Assert.Contains("results.final.perplexity: 'high' must be", OperatorCluster.Condition(ended, ConditionTypes.Succeeded)!.Message, StringComparison.Ordinal);
    }

    /// <param name="job">Name of a Job.</param>
    /// <param name="finalizer">What keeps it when it is deleted; null to let it go.</param>
    private Task HoldAsync(string job, string? finalizer) => _cluster.Client.PatchAsync<V1Job>(
        _cluster.Key(job), new V1Patch(new { metadata = new { finalizers = finalizer is null ? [] : new[] { finalizer } } }, V1Patch.PatchType.MergePatch), Stop);
}
