using System.Diagnostics;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>When an attempt ends and when the next one begins, on a real API server with its Job controller, scheduler and garbage collector.</summary>
[Collection(nameof(Runs))]
public sealed class AttemptTests(ControlPlane plane, RunApis apis) : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private OperatorCluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await OperatorCluster.StartAsync(plane, apis, "--leader-election", "false");

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? default;

    [Fact]
    public async Task Sidecar_that_goes_on_keeps_neither_the_GPU_nor_the_next_attempt()
    {
        foreach (var name in new[] { "done", "again", "early" }) await _cluster.CreateRunAsync(name);
        var (done, again) = (await _cluster.TrainAsync("done"), await _cluster.TrainAsync("again"));
        var early = await _cluster.PodAsync("early-preflight");
        await _cluster.Kubelet.EndsBesideASidecarAsync(done, 0);
        await _cluster.Kubelet.EndsBesideASidecarAsync(again, 1);
        await _cluster.Kubelet.EndsBesideASidecarAsync(early, 30);
        await _cluster.StateAsync("done", ConditionReasons.Completed, Soon);

        await Poll.UntilAsync(async () => await _cluster.FindJobAsync("done-train") is null && !(await _cluster.PodsAsync("done-train")).Any(), "the end of the Job");
        Assert.NotEqual(again.Name(), (await _cluster.PodAsync("again-train")).Name());
        Assert.NotEqual(early.Name(), (await _cluster.PodAsync("early-preflight")).Name());
        Assert.Equal((1, 0), Counts(await _cluster.RunAsync("again")));
        Assert.Equal(1, (await _cluster.RunAsync("early")).Status!.Preflights!.Failed);
    }

    [Fact]
    public async Task Permanent_fault_makes_no_other_pod_and_leaves_the_one_with_the_log()
    {
        await _cluster.CreateRunAsync("final");
        var pod = await _cluster.TrainAsync("final");
        await _cluster.Kubelet.EndsAsync(pod, 22);
        await _cluster.StateAsync("final", ConditionReasons.Diverged, Soon);
        await Poll.UntilAsync(async () => (await _cluster.JobAsync("final-train")).IsFailed(), "the end of the Job");
        Assert.Equal(pod.Name(), Assert.Single(await _cluster.PodsAsync("final-train")).Name());
    }

    [Fact]
    public async Task Node_that_turns_every_pod_down_gets_few_of_them_and_the_next_try_is_named()
    {
        await _cluster.CreateRunAsync("down", "{retry: {backoffLimit: 0}}");
        await _cluster.Kubelet.EndsAsync(await _cluster.PodAsync("down-preflight"), 0);
        var (seen, since) = (new HashSet<string>(), Stopwatch.GetTimestamp());
        V1Alpha1InheritRun run;
        do
        {
            foreach (var pod in (await _cluster.PodsAsync("down-train")).Where(pod => pod.Status.Phase == "Pending" && !string.IsNullOrEmpty(pod.Spec.NodeName) && seen.Add(pod.Name())))
                await _cluster.Kubelet.TurnsDownAsync(pod, "UnexpectedAdmissionError", "no healthy devices present");
            run = await _cluster.RunAsync("down");
            await Task.Delay(100, Stop);
            Assert.True(Stopwatch.GetElapsedTime(since) < Poll.Limit, $"{seen.Count} pods; {KubernetesJson.Serialize(run.Status)}; {_cluster.Process.Log}");
        }
        while (run.Status?.Attempts?.WithoutProgress is not >= 3);

        // One, another at once, a third after ten seconds.
        Assert.Equal(3, seen.Count);
        Assert.True(Stopwatch.GetElapsedTime(since) >= TimeSpan.FromSeconds(10));
        Assert.Equal((0, 3), Counts(run));
        var said = OperatorCluster.Condition(run, ConditionTypes.Succeeded)!;
        Assert.StartsWith("UnexpectedAdmissionError: UnexpectedAdmissionError: no healthy devices present", said.Message, StringComparison.Ordinal);
        Assert.EndsWith($"; the next attempt begins at {Pace.Next(run.Uid(), 3, run.Status!.Job!.EndTime):yyyy-MM-dd'T'HH:mm:ss'Z'}", said.Message, StringComparison.Ordinal);
        // Meanwhile nothing holds a place; the Job has failed, and stays with its pod.
        Assert.DoesNotContain(await _cluster.PodsAsync("down-train"), pod => pod.Status.Phase is "Pending" or "Running");
    }

    [Fact]
    public async Task Outage_longer_than_the_silence_that_is_allowed_ends_no_trainer()
    {
        await using var proxy = await ApiProxy.StartAsync(await _cluster.OperatorAccessAsync());
        await _cluster.RelaunchAsync(proxy.Access, "--leader-election", "false");
        var run = await _cluster.CreateRunAsync("outage", "{checkpoint: {everySeconds: 30}, deadlines: {progressTimeoutSeconds: 60}}");
        var pod = await _cluster.TrainAsync("outage");
        await _cluster.ReportAsync(run, pod);
        await _cluster.StateAsync("outage", ConditionReasons.Training, Soon);

        // Nobody is told: what is asked of the API server meanwhile waits, and is done when it goes on.
        proxy.Cut();
        await Task.Delay(TimeSpan.FromSeconds(66), Stop);
        proxy.Heal();
        await Task.Delay(TimeSpan.FromSeconds(5), Stop);
        await _cluster.ReportAsync(run, pod, "Evaluating");
        var after = await _cluster.StateAsync("outage", ConditionReasons.Evaluating, Soon);
        Assert.Equal((0, 0), Counts(after));
        Assert.Equal(pod.Name(), after.Status!.Job!.PodName);
        Assert.Null((await _cluster.JobAsync("outage-train")).Metadata.DeletionTimestamp);
    }

    [Fact]
    public async Task Job_that_a_dead_node_keeps_from_ending_is_succeeded_by_another_and_costs_no_retry()
    {
        var run = await _cluster.CreateRunAsync("lost", "{checkpoint: {gracePeriodSeconds: 1}}");
        var pod = await _cluster.TrainAsync("lost");
        await _cluster.ReportAsync(run, pod);
        await _cluster.StateAsync("lost", ConditionReasons.Training, Soon);
        _cluster.Kubelet.IsDead = true;
        await _cluster.Kubelet.FallsSilentAsync(pod, DateTime.UtcNow.AddMinutes(-10));
        var silent = await _cluster.StateAsync("lost", ConditionReasons.Disrupted, Soon);
        Assert.StartsWith($"Node {_cluster.Kubelet.Node} does not answer since ", OperatorCluster.Condition(silent, ConditionTypes.Succeeded)!.Message, StringComparison.Ordinal);

        // As the eviction of the pod would, without the other pod that an old Job controller makes at once.
        await _cluster.Client.DeleteAsync<V1Job>(_cluster.Key("lost-train"), Stop, "Foreground");
        await Poll.UntilAsync(async () => await _cluster.FindJobAsync("lost-train-2") is not null, "the successor", TimeSpan.FromSeconds(100));
        Assert.NotNull((await _cluster.FindJobAsync("lost-train"))!.Metadata.DeletionTimestamp);
        var second = await _cluster.PodAsync("lost-train-2");
        Assert.Contains(second.Spec.Containers[0].Env, variable => variable is { Name: "INHERITUNE_ATTEMPT", Value: "2" });
        await _cluster.Kubelet.EndsAsync(second, 0);
        var ended = await _cluster.StateAsync("lost", ConditionReasons.Completed, Soon);
        Assert.Equal((0, 1), Counts(ended));
        Assert.Equal(("lost-train-2", 2), (ended.Status!.Job!.Name, ended.Status.Job.Attempt));
    }

    private static (int, int) Counts(V1Alpha1InheritRun run) => (run.Status!.Attempts!.Failed, run.Status.Attempts.Disrupted);
}
