using System.Net;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>
/// config/admission before the admission of a real API server: operator and trainer do their work, and a trainer forges nothing.
/// </summary>
public sealed class PolicyTests(PolicyCluster policies) : IClassFixture<PolicyCluster>, IAsyncLifetime
{
    private static readonly string Folder = Checkout.File("config/admission");

    private OperatorCluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Kubectl Kubectl => new(policies.Plane.Kubeconfig, "default");

    public async ValueTask InitializeAsync()
    {
        _ = policies.Plane.Definitions;
        var (code, _, error) = await Kubectl.TryAsync("", "get", "validatingadmissionpolicies");
        Assert.SkipWhen(code != 0, $"This API server has no ValidatingAdmissionPolicies, which Kubernetes 1.30 brought: {error.Trim()}");
        _cluster = await OperatorCluster.StartAsync(policies.Plane, policies.Apis);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is null) return;
        await Kubectl.RunAsync("", "delete", "--ignore-not-found", "-k", Folder);
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Trainer_writes_its_part_of_the_status_and_nothing_else()
    {
        var run = await _cluster.CreateRunAsync("guarded");
        var pod = await _cluster.TrainAsync("guarded");
        using var trainer = await _cluster.TrainerAsync(run);
        const string Usage = """{"usage": {"gpuSeconds": 7}}""";
        const string Hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
        // By its role alone it could.
        Assert.Equal(7, (await TryAsync(trainer, Usage))!.Status!.Usage!.GpuSeconds);

        await Kubectl.RunAsync("", "apply", "-k", Folder);
        await Poll.UntilAsync(async () => await TryAsync(trainer, Usage) is null, "the policy");
        await _cluster.ReportAsync(run, pod);
        await _cluster.StateAsync("guarded", ConditionReasons.Training);

        const string Forged = """
            {"conditions": [
              {"type": "Succeeded", "status": "True", "reason": "Completed", "message": "Done", "lastTransitionTime": "2026-11-24T00:00:00Z"}
            ]}
            """;
        await RefusedAsync("status.conditions", Forged);
        await RefusedAsync("status.usage", """{"progress": {"step": 2, "totalSteps": 10}, "usage": {"gpuSeconds": 0}}""");
        await RefusedAsync("status.specHash", $$"""{"specHash": "{{Hash}}"}""");
        await RefusedAsync("status.completionTime", """{"completionTime": "2026-11-24T00:00:00Z"}""");
        await RefusedAsync("status.conditions", """{"conditions": null}""");
        await RefusedAsync("status.conditions", "null");
        Assert.NotNull(await TryAsync(trainer, """{"progress": {"step": 2, "totalSteps": 10}, "results": {"final": {"loss": "3.12"}}}"""));

        await _cluster.Kubelet.EndsAsync(pod, 0, """{"code": 0, "results": {"final": {"loss": "3.12"}}}""");
        var ended = await _cluster.StateAsync("guarded", ConditionReasons.Completed);
        Assert.NotEqual(Hash, ended.Status!.SpecHash);

        async Task RefusedAsync(string field, string status)
        {
            var refusal = await Assert.ThrowsAsync<ApiException>(() => PatchAsync(trainer, status, dryRun: false));
            Assert.Equal(HttpStatusCode.Forbidden, refusal.Status);
            Assert.Contains(field, refusal.Message, StringComparison.Ordinal);
            Assert.Contains("belongs to the operator; a trainer writes status.progress, status", refusal.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>What would come of it; null where it is refused.</summary>
    private async Task<V1Alpha1InheritRun?> TryAsync(ApiClient trainer, string status)
    {
        try
        {
            return await PatchAsync(trainer, status, dryRun: true);
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private Task<V1Alpha1InheritRun> PatchAsync(ApiClient trainer, string status, bool dryRun) => trainer.PatchAsync<V1Alpha1InheritRun>(
        _cluster.Key("guarded"),
        new V1Patch($$"""{"status": {{status}}}""", V1Patch.PatchType.MergePatch),
        Stop,
        "status",
        $"fieldManager=forger{(dryRun ? "&dryRun=All" : "")}");
}
