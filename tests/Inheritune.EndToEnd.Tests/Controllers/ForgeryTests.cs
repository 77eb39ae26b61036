using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>The account of a run may write all of its status; the operator believes what it has seen itself.</summary>
[Collection(nameof(Runs))]
public sealed class ForgeryTests(ControlPlane plane, RunApis apis) : IAsyncLifetime
{
    private OperatorCluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await OperatorCluster.StartAsync(plane, apis);

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? default;

    [Theory]
    [InlineData("inheritune-trainer")]
    [InlineData("inheritune-operator")]
    public async Task Forged_end_and_usage_are_written_over_and_the_run_goes_on(string manager)
    {
        var run = await _cluster.CreateRunAsync("forged");
        using var forger = await TrainedAsync(run);
        var usage = (await _cluster.RunAsync("forged")).Status!.Usage!.GpuSeconds;
        await ForgeAsync(forger, manager);
        await Poll.UntilAsync(() => TrueAsync(usage), "the truth");
        var pod = (await _cluster.PodsAsync("forged-train")).Single(pod => pod.Status.Phase == "Running");
        await _cluster.Kubelet.EndsAsync(pod, 22);
        Assert.Equal(2, (await _cluster.StateAsync("forged", ConditionReasons.Diverged)).Status!.Job!.Attempt);
    }

    [Fact]
    public async Task Success_that_is_forged_while_no_operator_looks_is_not_believed_while_the_trainer_runs()
    {
        var run = await _cluster.CreateRunAsync("forged");
        using var forger = await TrainedAsync(run);
        await _cluster.Process.KillAsync();
        await ForgeAsync(forger, "inheritune-operator");
        _cluster.Process.Dispose();
        _cluster.Launch();
        await Poll.UntilAsync(async () => OperatorCluster.Condition(await _cluster.RunAsync("forged"), ConditionTypes.Succeeded)!.Status == ConditionStatus.Unknown, "the truth");
    }

    /// <summary>A run in its second attempt, and access as its account.</summary>
    private async Task<ApiClient> TrainedAsync(V1Alpha1InheritRun run)
    {
        var first = await _cluster.TrainAsync("forged");
        await _cluster.ReportAsync(run, first);
        await _cluster.StateAsync("forged", ConditionReasons.Training);
        await _cluster.Kubelet.EndsAsync(first, 10);
        await Poll.UntilAsync(async () => (await _cluster.RunAsync("forged")).Status?.Usage?.GpuSeconds is not null, "the usage of the first attempt");
        await _cluster.ReportAsync(run, await _cluster.PodAsync("forged-train"));
        await _cluster.StateAsync("forged", ConditionReasons.Training);
        return await _cluster.TrainerAsync(run);
    }

    private Task ForgeAsync(ApiClient forger, string manager)
    {
        var conditions = new[] { new { type = "Succeeded", status = "True", reason = "Completed", message = "forged", lastTransitionTime = "2026-01-01T00:00:00Z" } };
        var forged = new { apiVersion = ApiGroup.ApiVersion, kind = ApiGroup.Kind, status = new { phase = "Succeeded", conditions, usage = new { gpuSeconds = 987654 } } };
        return forger.PatchAsync<V1Alpha1InheritRun>(_cluster.Key("forged"), new V1Patch(forged, V1Patch.PatchType.ApplyPatch), Stop, "status", $"fieldManager={manager}&force=true");
    }

    private async Task<bool> TrueAsync(long? usage)
    {
        var status = (await _cluster.RunAsync("forged")).Status!;
        return (status.Phase, status.Usage!.GpuSeconds, status.Conditions.First(condition => condition.Type == ConditionTypes.Succeeded).Status) == (RunPhase.Running, usage, ConditionStatus.Unknown);
    }
}
