using System.Security.Cryptography;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.EndToEnd.Tests.Runs;

/// <summary>A whole run in miniature: its reference is itself trained from scratch by a run.</summary>
internal sealed class SampleRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SampleRun(string family, string training = "steps: 6, microBatchSize: 2, gradientAccumulationSteps: 2, logEverySteps: 1, dropout: \"0.1\"")
    {
        _folder.Write("text.txt", string.Concat(Enumerable.Range(0, 400).Select(i => $"Line {i} says that {i * 7 % 13} follows {i % 5}, and nothing else.\n")));
        _folder.Write("reference.yaml", $$"""
            apiVersion: inheritune.dev/v1alpha1
            kind: InheritRun
            metadata: {name: sample-reference}
            spec:
              architecture: {family: {{family}}, layers: 3, hiddenSize: 32, heads: 4, contextLength: 32, vocabularySize: 300}
              dataset: {uri: text.txt}
              output: {uri: reference}
              training: {steps: 3, microBatchSize: 2}
              report: {prompts: [Line], sampleTokens: 2}
            """);
        _folder.Write("run.yaml", $$"""
            apiVersion: inheritune.dev/v1alpha1
            kind: InheritRun
            metadata: {name: sample}
            spec:
              reference: {uri: reference/model}
              dataset: {uri: text.txt, maxTokens: 2000}
              output: {uri: out}
              inherit: {layers: 2}
              training: {{{training}}}
              evaluation: {everySteps: 2, batches: 2}
              checkpoint: {everySteps: 2}
              report: {prompts: [Line], sampleTokens: 2}
            """);
        Execute(_folder.File("reference.yaml"), [], SilentStatus.Instance, CancellationToken.None);
    }

    public string Manifest => _folder.File("run.yaml");

    public string Folder(string name) => _folder.File(name);

    /// <summary>Runs into a folder of this name, or continues there.</summary>
    public RunOutcome Execute(string output, IRunStatus status, CancellationToken stop, bool profile = false) =>
        Execute(Manifest, [$"output.uri={_folder.File(output)}"], status, stop, profile);

    /// <summary>Runs with other values in the manifest.</summary>
    public RunOutcome Execute(IReadOnlyList<string> overrides, IRunStatus status, CancellationToken stop, TimeProvider? time = null) =>
        new RunPipeline(ManifestReader.Read(Manifest, overrides), CPU, status, time: time).Execute(stop);

    /// <summary>Digests of everything a run computes: exported weights, results, the curve of the loss.</summary>
    public IReadOnlyList<string> Fingerprint(string output)
    {
        var folder = _folder.File(output);
        var outcome = MetricsFile.Read(Path.Combine(folder, "metrics.jsonl"));
        var checkpoint = Directory.GetDirectories(Path.Combine(folder, "checkpoints")).Order(StringComparer.Ordinal).Last();
        return
        [
            .. new[] { Path.Combine(folder, "model", "model.safetensors"), Path.Combine(checkpoint, "weights.safetensors"), Path.Combine(checkpoint, "optimizer.safetensors") }
                .Select(path => $"{Path.GetFileName(path)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}"),
            .. outcome.Where(p => p.Loss is not null || p.ValidationLoss is not null).Select(p => FormattableString.Invariant($"step {p.Step} loss {p.Loss:R} validation {p.ValidationLoss:R} norm {p.GradientNorm:R} lr {p.LearningRate:R}")),
        ];
    }

    public void Dispose() => _folder.Dispose();

    private static RunOutcome Execute(string manifest, IReadOnlyList<string> overrides, IRunStatus status, CancellationToken stop, bool profile = false) =>
        new RunPipeline(ManifestReader.Read(manifest, overrides), CPU, status, profile).Execute(stop);
}
