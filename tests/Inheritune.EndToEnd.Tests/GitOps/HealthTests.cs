using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Controllers;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Children;
using Inheritune.Operator.Controllers;
using Inheritune.Trainer.Status;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.GitOps;

/// <summary>What Argo CD shows for runs whose status the operator's program and the trainer's own writer have written.</summary>
[Collection(nameof(Runs))]
public sealed class HealthTests(ControlPlane plane, RunApis apis) : IAsyncLifetime
{
    private readonly TemporaryFolder _work = new();

    private OperatorCluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await OperatorCluster.StartAsync(plane, apis);

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        _work.Dispose();
    }

    [Fact]
    public async Task Run_makes_progress_until_it_has_completed()
    {
        await _cluster.Process.StopAsync();
        var run = await _cluster.CreateRunAsync("life");
        await ShowsAsync("life", "Progressing", "Waiting for the operator");
        await AgainAsync();
        var preflight = await _cluster.PodAsync("life-preflight");
        await ShowsAsync("life", "Progressing", $"Pulling: Preflight: Node {_cluster.Kubelet.Node} prepares pod {preflight.Name()}: its volumes and its image");
        await _cluster.Kubelet.RunsAsync(preflight);
        await ShowsAsync("life", "Progressing", "Validating: Looks at reference, data and output, without a GPU");
        await _cluster.Kubelet.EndsAsync(preflight, 0);

        var pod = await _cluster.PodAsync("life-train");
        await _cluster.Kubelet.RunsAsync(pod);
        await ShowsAsync("life", "Progressing", $"Starting: Pod {pod.Name()} started on node {_cluster.Kubelet.Node}; its trainer has not reported yet");
        using (var trainer = await TrainerAsync(run))
        {
            trainer.Report(new InheritRunStatus { Progress = new() { Activity = RunActivity.Training, Step = 0, TotalSteps = 5000 } });
            await ShowsAsync("life", "Progressing", "Training 0/5000 (0%)");
            trainer.Report(new InheritRunStatus { Progress = new() { Activity = RunActivity.Evaluating, Step = 1200, Loss = "3.4100" } });
            await ShowsAsync("life", "Progressing", "Evaluating 1200/5000 (24%), loss 3.4100");
            trainer.Report(new InheritRunStatus { Progress = new() { Step = 5000 }, Results = new() { Final = new() { Loss = "3.1200" } } });
        }

        await _cluster.Kubelet.EndsAsync(pod, 0);
        await ShowsAsync("life", "Healthy", "Completed 5000 steps, loss 3.1200");

        // Edited while the operator is away.
        await _cluster.Process.StopAsync();
        await _cluster.PatchRunAsync("life", new { spec = new { ttlSecondsAfterFinished = 77 } });
        await ShowsAsync("life", "Progressing", "Waiting for the operator");
        await AgainAsync();
        await ShowsAsync("life", "Healthy", "Completed 5000 steps, loss 3.1200");
    }

    [Fact]
    public async Task Run_that_failed_is_degraded()
    {
        await _cluster.CreateRunAsync("bad");
        await _cluster.Kubelet.EndsAsync(await _cluster.PodAsync("bad-preflight"), 20, """{"code": 20, "reason": "InvalidInput", "message": "spec.inherit.layers: '99' is more than the reference's 12 layers"}""");
        await ShowsAsync("bad", "Degraded", "InvalidSpec: spec.inherit.layers: '99' is more than the reference's 12 layers");
    }

    [Fact]
    public async Task Result_that_was_there_already_is_healthy()
    {
        await _cluster.CreateRunAsync("again");
        await _cluster.Kubelet.EndsAsync(await _cluster.PodAsync("again-preflight"), 0, """{"code": 0, "alreadyComplete": true, "results": {"final": {"loss": "3.12"}}}""");
        await ShowsAsync("again", "Healthy", "AlreadyComplete: The output already holds the result of this recipe; nothing was trained");
    }

    /// <summary>The Job controller of the tests has no Job that is suspended; the operator's own code sees one, and writes what it makes of it.</summary>
    [Fact]
    public async Task Run_that_waits_in_a_queue_makes_progress()
    {
        await _cluster.CreateRunAsync("queued", labels: "{kueue.x-k8s.io/queue-name: team-a}");
        await _cluster.TrainAsync("queued");
        await _cluster.Process.StopAsync();
        var run = await _cluster.RunAsync("queued");
        var job = new JobBuilder("registry.example/trainer:1").Train(run, attempt: 1, graceSeconds: 120);
        (job.Metadata.Uid, job.Spec.Suspend) = ($"{Guid.NewGuid()}", true);
        await new Operator.Controllers.StatusWriter(_cluster.Client).WriteAsync(run, RunPlan.Of(new Observation(run, null, job, [], [], DateTimeOffset.UtcNow)), Stop);
        await ShowsAsync("queued", "Progressing", "Queued: Job queued-train waits in queue team-a");
    }

    [Fact]
    public async Task Actions_suspend_and_resume_a_run()
    {
        var run = await _cluster.CreateRunAsync("pause");
        var pod = await _cluster.TrainAsync("pause");
        await _cluster.Kubelet.RunsAsync(pod);
        using var trainer = await TrainerAsync(run);
        trainer.Report(new InheritRunStatus { Progress = new() { Activity = RunActivity.Training, Step = 1150, TotalSteps = 5000 } });
        await ShowsAsync("pause", "Progressing", "Training 1150/5000 (23%)");
        await ActAsync("pause", "suspend", true);
        await ShowsAsync("pause", "Suspended", "Suspended: Paused; set spec.suspend to false to continue (step 1150/5000)");
        Assert.Null(await _cluster.FindJobAsync("pause-train"));

        await ActAsync("pause", "resume", false);
        pod = await _cluster.PodAsync("pause-train");
        await ShowsAsync("pause", "Progressing", $"Pulling: Node {_cluster.Kubelet.Node} prepares pod {pod.Name()}: its volumes and its image");
        await _cluster.Kubelet.EndsAsync(pod, 0);
        await _cluster.StateAsync("pause", ConditionReasons.Completed);
        Assert.Empty(await ArgoCd.ActionsAsync(await _cluster.ObjectAsync("pause")));
    }

    [Fact]
    public async Task Scripts_have_what_Argo_CD_gives_them_and_no_more()
    {
        var script = _work.File("script.lua");
        await File.WriteAllTextAsync(script, """
            local given = {}
            for name, value in pairs(getfenv()) do if type(value) == "table" then given[#given + 1] = name end end
            table.sort(given)
            return {given = given, methods = pcall(function() return ("x"):upper() end), text = obj.text, number = 100000000, empty = {}}
            """, Stop);
        var result = await ArgoCd.ExecuteAsync(script, JsonNode.Parse("""{"text": "\"\\\n\u00e9", "none": null}""")!);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"given": ["obj", "os", "table"], "methods": false, "text": "\"\\\n\u00e9", "number": 100000000, "empty": []}"""), result), result.ToJsonString());
    }

    private async Task AgainAsync()
    {
        _cluster.Process.Dispose();
        _cluster.Launch();
        await _cluster.Process.ReadyAsync();
    }

    /// <summary>Runs the one action that is offered, as Argo CD does.</summary>
    private async Task ActAsync(string run, string action, bool suspend)
    {
        var live = await _cluster.ObjectAsync(run);
        Assert.Equal([action], await ArgoCd.ActionsAsync(live));
        var patch = await ArgoCd.ActAsync(action, live);
        Assert.True(JsonNode.DeepEquals(new JsonObject { ["spec"] = new JsonObject { ["suspend"] = suspend } }, patch), patch.ToJsonString());
        await _cluster.PatchRunAsync(run, patch);
    }

    private async Task ShowsAsync(string run, string status, string message)
    {
        (string, string) health = default;
        await Poll.UntilAsync(
            async () => (health = await ArgoCd.HealthAsync(await _cluster.ObjectAsync(run))) == (status, message), () => $"{(status, message)}; it is {health}; the operator says: {_cluster.Process.Log}");
    }

    /// <summary>What the trainer in a pod of the run writes its status with.</summary>
    private async Task<KubernetesStatus> TrainerAsync(Operator.Entities.V1Alpha1InheritRun run)
    {
        var access = await _cluster.TrainerAccessAsync(run);
        _work.Write("account/ca.crt", string.Concat(access.SslCaCerts.Select(certificate => certificate.ExportCertificatePem() + "\n")));
        _work.Write("account/token", access.AccessToken);
        var options = new KubernetesOptions(new Uri(access.Host), _cluster.Namespace, run.Name(), _work.File("account")) { Shortest = TimeSpan.FromSeconds(0.1) };
        return new KubernetesStatus(new Pulse(SilentStatus.Instance, TimeProvider.System), options, TimeProvider.System);
    }
}
