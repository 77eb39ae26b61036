using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Inheritune.EndToEnd.Tests.Kubernetes;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>A namespace of runs, as its users have it.</summary>
internal sealed class PodNamespace(PodCluster cluster, PodLane lane, string name)
{
    public string Name => name;

    public PodLane Lane => lane;

    public Kubectl Kubectl => cluster.KubectlFor(name);

    public Task CreateSecretAsync(string secret, string accessKey, string secretKey) =>
        Kubectl.RunAsync("", "create", "secret", "generic", secret, $"--from-literal=accessKeyId={accessKey}", $"--from-literal=secretAccessKey={secretKey}");

    /// <summary>Where the output of a run is.</summary>
    public string Output(string run) => $"runs/{name}/{run}";

    /// <summary>A manifest of the usual run, which writes a checkpoint every twenty steps.</summary>
    /// <param name="run">Its name.</param>
    /// <param name="more">Further fields of the spec, as lines of YAML.</param>
    /// <param name="secret">Name of the Secret with the store's keys.</param>
    /// <param name="steps">Of training; null: as many as the usual run has.</param>
    public string Manifest(string run, string more = "", string secret = PodCluster.Secret, int? steps = null) => $$$"""
        apiVersion: inheritune.dev/v1alpha1
        kind: InheritRun
        metadata:
          name: {{{run}}}
        spec:
          reference: {uri: "{{{PodLane.Uri("reference")}}}"}
          dataset: {uri: "{{{PodLane.Uri("text/stories.txt")}}}"}
          output: {uri: "{{{PodLane.Uri(Output(run))}}}"}
          storage: {endpoint: "{{{lane.Endpoint}}}", credentialsSecretRef: {name: "{{{secret}}}"} }
          inherit: {layers: 3}
          training: {steps: {{{steps ?? cluster.Steps}}}, sequenceLength: 64, microBatchSize: 8, learningRate: "1e-3", logEverySteps: 1}
          evaluation: {everySteps: 100, batches: 4}
          checkpoint: {everySteps: 20}
          report: {sampleTokens: 8}
          resources: {cpu: 500m, memory: 1Gi, scratch: 1Gi, gpuResourceName: {{{lane.Gpu}}}}
        {{{string.Concat(more.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"  {line}\n"))}}}
        """;

    /// <summary>Applies a manifest and follows the run.</summary>
    public async Task<RunWatch> ApplyAsync(string run, string manifest)
    {
        await Kubectl.ApplyAsync(manifest);
        return new RunWatch(Kubectl, run);
    }

    public async Task<IList<V1Pod>> PodsAsync() => (await cluster.Client.CoreV1.ListNamespacedPodAsync(name, cancellationToken: TestContext.Current.CancellationToken)).Items;

    /// <summary>The weights that a run exported.</summary>
    public byte[] Weights(string run) => Read($"{Output(run)}/model", "model.safetensors");

    /// <summary>The step of the newest checkpoint that counts, as the store has it.</summary>
    public int SavedStep(string run)
    {
        var newest = JsonSerializer.Deserialize<JsonElement>(Read(Output(run), "run.json")).GetProperty("checkpoints")[0].GetString()!;
        return int.Parse(Regex.Match(newest, @"(\d+)\.attempt-").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private byte[] Read(string folder, string key)
    {
        using var stream = lane.Open(folder).OpenRead(key);
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }
}
