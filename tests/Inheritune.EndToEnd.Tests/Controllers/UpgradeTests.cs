using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Kubernetes;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>Runs of 0.1.0 under the operator and the CRD of today, on a control plane of their own.</summary>
public sealed class UpgradeTests : IDisposable
{
    private readonly ControlPlane _plane = new(given: null, []);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _plane.Dispose();

    [Fact]
    public async Task Running_paused_and_finished_runs_go_on_as_they_were()
    {
        using var definitions = new ApiClient(_plane.Definitions);
        var today = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "config/crd/inheritruns.inheritune.dev.yaml"), Stop);
        await ApplyAsync(definitions, today);
        await using var cluster = await OperatorCluster.StartAsync(_plane, apis: null);
        var running = await cluster.CreateRunAsync("running");
        var pod = await cluster.TrainAsync("running");
        await cluster.ReportAsync(running, pod);
        await cluster.StateAsync("running", ConditionReasons.Training);
        await cluster.CreateRunAsync("paused", "{suspend: true}");
        await cluster.StateAsync("paused", ConditionReasons.Suspended);
        await cluster.CreateRunAsync("finished");
        await cluster.Kubelet.EndsAsync(await cluster.TrainAsync("finished"), 0);
        await cluster.StateAsync("finished", ConditionReasons.Completed);
        Assert.Equal(0, await cluster.Process.StopAsync());
        cluster.Process.Dispose();
        // What that version did not know goes with the next write.
        await ApplyAsync(definitions, await OldDefinitionAsync());
        await Poll.UntilAsync(async () => (await cluster.ObjectAsync("running"))["status"]!["phase"] is null, "the old definition");
        string[] names = ["running", "paused", "finished"];
        foreach (var name in names) await MakeOldAsync(cluster, name);
        Assert.Null((await cluster.ObjectAsync("running"))["spec"]!["output"]!["whenOccupied"]);

        await ApplyAsync(definitions, today);
        // What is new and has a default is there as soon as an object is read.
        await Poll.UntilAsync(async () => (await cluster.ObjectAsync("running"))["spec"]!["output"]!["whenOccupied"] is not null, "the new default");
        cluster.Launch();
        foreach (var name in names)
        {
            V1Alpha1InheritRun? run = null;
            await Poll.UntilAsync(async () => (run = await cluster.RunAsync(name)).Status!.Phase is not null, $"the phase of {name}");
            Assert.NotEqual(ConditionReasons.InvalidSpec, OperatorCluster.Condition(run!, ConditionTypes.Succeeded)!.Reason);
            Assert.Equal(name == "finished" ? ConditionStatus.True : ConditionStatus.False, OperatorCluster.Condition(run!, ConditionTypes.Ended)!.Status);
            if (name != "finished") Assert.Equal(SpecHash.Of(run!.Spec), run.Status!.SpecHash);
        }

        var status = (await cluster.StateAsync("running", ConditionReasons.Training)).Status!;
        Assert.Equal((RunPhase.Running, pod.Name(), 1), (status.Phase, status.Job!.PodName, status.Job.Attempt));
        await cluster.Kubelet.EndsAsync(pod, 0);
        await cluster.StateAsync("running", ConditionReasons.Completed);
        await cluster.PatchRunAsync("paused", new { spec = new { suspend = false } });
        await cluster.PodAsync("paused-preflight");
        Assert.Equal(RunPhase.Succeeded, (await cluster.StateAsync("finished", ConditionReasons.Completed)).Status!.Phase);
    }

    /// <summary>As an operator left it that knew neither phase nor Ended and had other defaults, on which its digest rests.</summary>
    private static async Task MakeOldAsync(OperatorCluster cluster, string name)
    {
        var conditions = (await cluster.ObjectAsync(name))["status"]!["conditions"]!.AsArray().Where(condition => (string?)condition!["type"] != ConditionTypes.Ended).Select(condition => condition!.DeepClone()).ToArray();
        var status = new JsonObject { ["specHash"] = "sha256:" + new string('0', 64), ["phase"] = null, ["conditions"] = new JsonArray(conditions) };
        await cluster.Client.PatchAsync<V1Alpha1InheritRun>(cluster.Key(name), new V1Patch(new JsonObject { ["status"] = status }, V1Patch.PatchType.MergePatch), Stop, "status");
    }

    /// <summary>The CRD in the chart of 0.1.0.</summary>
    private static async Task<string> OldDefinitionAsync()
    {
        await using var file = File.OpenRead(Path.Combine(Checkout.Root, "tests/data/upgrade/inheritune-operator-0.1.0.tgz"));
        await using var chart = new TarReader(new GZipStream(file, CompressionMode.Decompress));
        while (await chart.GetNextEntryAsync(copyData: true, Stop) is { } entry)
        {
            if (!entry.Name.EndsWith("files/inheritruns.inheritune.dev.yaml", StringComparison.Ordinal)) continue;
            using var reader = new StreamReader(entry.DataStream!);
            return await reader.ReadToEndAsync(Stop);
        }

        throw new InvalidOperationException("The chart has no CRD");
    }

    private static async Task ApplyAsync(ApiClient definitions, string definition)
    {
        var (key, patch) = (new NamespacedName("", "inheritruns.inheritune.dev"), new V1Patch(RunApi.Document(definition), V1Patch.PatchType.ApplyPatch));
        await definitions.PatchAsync<V1CustomResourceDefinition>(key, patch, Stop, query: "fieldManager=tests&force=true");
        await Poll.UntilAsync(
            async () => (await definitions.GetAsync<V1CustomResourceDefinition>(key, Stop)).Status?.Conditions?.Any(
                condition => condition is { Type: "Established", Status: "True" }) == true, "the CRD");
    }
}
