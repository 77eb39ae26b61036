using System.Globalization;
using System.Text.Json;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Commands;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>The whole road, from <c>kubectl apply</c> to a model in the bucket.</summary>
[Collection(nameof(WholeCluster))]
public sealed class PodRunTests(PodCluster cluster)
{
    [Fact]
    public async Task Applied_run_ends_with_the_model_in_the_bucket_that_the_same_manifest_makes_on_a_laptop()
    {
        var ns = await cluster.CreateNamespaceAsync(cluster.Main);
        var manifest = ns.Manifest("story");
        await using var times = new StartTimes(cluster.Client, ns);
        times.Applied();
        using var watch = await ns.ApplyAsync("story", manifest);
        await watch.StateAsync(ConditionReasons.Validating);
        await watch.StateAsync(ConditionReasons.Training);
        times.FindProcess();
        var status = await watch.StateAsync(ConditionReasons.Completed);
        await times.WriteAsync(status.Job!.PodName!);
        Assert.Equal(["1", "0", "0"], new[] { status.Job.Attempt, status.Attempts!.Failed, status.Attempts.Disrupted }.Select(count => $"{count}"));
        Assert.Equal((cluster.Steps, "100%"), (status.Progress!.Step, status.Progress.Percent));

        using var local = new LocalRun(ns.Lane, manifest);
        Assert.Equal(local.Weights, ns.Weights("story"));
        var results = local.Result.Json.GetProperty("results");
        foreach (var (row, loss) in new[] { ("reference", status.Results!.Reference), ("target at step 0", status.Results.Initial), ("target", status.Results.Final) })
            Assert.Equal(Loss(results, row), decimal.Parse(loss!.Loss, CultureInfo.InvariantCulture), 4);

        // Pulled, and scored by itself.
        using var pulled = new TemporaryFolder();
        var model = ns.Lane.Open($"{ns.Output("story")}/model");
        foreach (var file in model.List(""))
            using (var stream = model.OpenRead(file.Key))
            using (var buffer = new MemoryStream())
            {
                stream.CopyTo(buffer);
                pulled.Write($"model/{file.Key}", buffer.ToArray());
            }

        Assert.Equal(local.Weights, File.ReadAllBytes(pulled.File("model/model.safetensors")));
        var score = TrainerProcess.Run(pulled.File("cache"), "evaluate", pulled.File("model"), "--dataset", TestData.Path("corpora/grimms-fairy-tales.txt"), "-o", "json").ShouldSucceed();
        var same = TrainerProcess.Run(pulled.File("cache"), "evaluate", Path.Combine(local.Output, "model"), "--dataset", TestData.Path("corpora/grimms-fairy-tales.txt"), "-o", "json").ShouldSucceed();
        Assert.True(same.Json.GetProperty("loss").GetDouble() == score.Json.GetProperty("loss").GetDouble(), $"the same weights are scored\n{same.Output}\nand\n{score.Output}");

        // Nobody holds the GPU any more, and nothing is left of the run's processes.
        Assert.All(await ns.PodsAsync(), pod => Assert.Equal("Succeeded", pod.Status.Phase));
    }

    private static decimal Loss(JsonElement results, string model) =>
        Assert.Single(results.EnumerateArray(), row => row.GetProperty("model").GetString() == model).GetProperty("loss").GetDecimal();
}
