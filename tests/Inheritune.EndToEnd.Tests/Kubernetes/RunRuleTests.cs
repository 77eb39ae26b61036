using System.Text.Json;
using System.Text.RegularExpressions;
using Inheritune.Api;
using Inheritune.Trainer;
using Inheritune.Trainer.Manifests;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>The trainer and the API servers refuse the same manifests for the same reasons.</summary>
[Collection(nameof(Runs))]
public sealed partial class RunRuleTests(RunApis apis)
{
    private const string Inherited = """
        apiVersion: inheritune.dev/v1alpha1
        kind: InheritRun
        metadata: {name: run}
        spec:
          reference: {uri: "s3://models/gpt2"}
          inherit: {layers: 6}
          dataset: {uri: "s3://corpora/owt"}
          output: {uri: "s3://runs/run"}
          training: {steps: 10}
        """;

    private const string Scratch = """
        apiVersion: inheritune.dev/v1alpha1
        kind: InheritRun
        metadata: {name: run}
        spec:
          architecture: {family: Llama, layers: 2, hiddenSize: 64, heads: 4, keyValueHeads: 2}
          dataset: {uri: "s3://corpora/owt"}
          output: {uri: "s3://runs/run"}
          training: {steps: 10, sequenceLength: 512}
        """;

    /// <summary>Each rule broken by itself: the text that is changed, into what, and the field that is blamed. No field: it is right.</summary>
    public static TheoryData<string, string, string> Changes => new()
    {
        { "steps: 10", "steps: 10", "" },
        { "family: Llama", "family: Llama", "" },
        { "  inherit", "  architecture: {layers: 2, hiddenSize: 64, heads: 4}\n  inherit", "spec.reference" },
        { "  inherit: {layers: 6}\n", "", "spec.inherit" },
        { "  architecture", "  inherit: {layers: 1}\n  architecture", "spec.inherit" },
        { "layers: 6", "layers: 6, parts: [MLP, Norms, MLP]", "spec.inherit.parts" },
        { "layers: 6", "layers: 6, parts: [MLP, Norms]", "" },
        { "heads: 4", "heads: 6", "spec.architecture.heads" },
        { "heads: 4", "heads: 64", "spec.architecture.heads" },
        { "keyValueHeads: 2", "keyValueHeads: 3", "spec.architecture.keyValueHeads" },
        { "keyValueHeads: 2", "keyValueHeads: 4", "" },
        { "family: Llama", "family: GPT2", "spec.architecture.keyValueHeads" },
        { "family: Llama, layers: 2, hiddenSize: 64, heads: 4, keyValueHeads: 2", "layers: 2, hiddenSize: 64, heads: 64", "" },
        { "  training", "  evaluation: {tasks: [piqa]}\n  training", "spec.evaluation.dataUri" },
        { "corpora/owt\"", "corpora/owt\", validationUri: \"s3://v\", validationTokens: 5", "spec.dataset.validationTokens" },
        { "steps: 10", "tokens: 5, steps: 10", "spec.training.steps" },
        { "steps: 10", "seed: 1", "spec.training.steps" },
        { "steps: 10", "tokens: 9007199254740993", "" },
        { "steps: 10", "steps: 10, warmupSteps: 11", "spec.training.warmupSteps" },
        { "steps: 10", "tokens: 10, warmupSteps: 11", "" },
        { "steps: 10", "steps: 10, sequenceLength: 1025", "" },
        { "heads: 4", "heads: 4, contextLength: 512", "" },
        { "heads: 4", "heads: 4, contextLength: 511", "spec.training.sequenceLength" },
        { "steps: 10", "steps: 10, learningRate: \"9e-6\"", "spec.training.minLearningRate" },
        { "steps: 10", "steps: 10, learningRate: \"0.000010\"", "" },
        { "steps: 10", "steps: 10, beta1: \"1\"", "spec.training.beta1" },
        { "steps: 10", "steps: 10, beta2: \"1.0e0\"", "spec.training.beta2" },
        { "steps: 10", "steps: 10, epsilon: \"0.0\"", "spec.training.epsilon" },
        { "steps: 10", "steps: 10, dropout: \"10e-1\"", "spec.training.dropout" },
        { "steps: 10", "steps: 10, beta1: \"0\", dropout: \"0.99\", epsilon: \"1e-99\"", "" },
        { "  training", "  deadlines: {progressTimeoutSeconds: 600}\n  training", "spec.checkpoint.everySeconds" },
        { "  training", "  deadlines: {progressTimeoutSeconds: 601}\n  training", "" },
        { "  training", "  scheduling: {nodeSelector: {a b: c}}\n  training", "spec.scheduling.nodeSelector" },
        { "  training", "  scheduling: {nodeSelector: {example.com/pool: b}}\n  training", "" },
        { "  training", "  scheduling: {tolerations: [{operator: Exists}, {effect: NoExecute}]}\n  training", "spec.scheduling.tolerations" },
        { "  training", "  scheduling: {tolerations: [{key: a, operator: Exists, value: b}]}\n  training", "spec.scheduling.tolerations" },
        { "  training", "  scheduling: {tolerations: [{key: a, tolerationSeconds: 3}]}\n  training", "spec.scheduling.tolerations" },
        { "  training", "  scheduling: {tolerations: [{key: a, value: b, effect: NoExecute, tolerationSeconds: 3}, {operator: Exists}]}\n  training", "" },
        { "  training", "  pod: {labels: {a b: c}}\n  training", "spec.pod.labels" },
        { "  training", "  pod: {labels: {app.kubernetes.io/name: c}}\n  training", "spec.pod.labels" },
        { "  training", "  pod: {annotations: {a b: c}}\n  training", "spec.pod.annotations" },
        { "  training", "  pod: {annotations: {inheritune.dev/manifest: c}}\n  training", "spec.pod.annotations" },
        { "  training", "  pod: {env: [{name: INHERITUNE_CACHE, value: /x}]}\n  training", "spec.pod.env" },
        { "  training", "  pod: {env: [{name: A, value: a}, {name: B}]}\n  training", "spec.pod.env" },
        { "  training", "  pod: {env: [{name: A, valueFrom: {}}]}\n  training", "spec.pod.env" },
        { "  training", "  pod: {envFrom: [{secretRef: {name: a}, configMapRef: {name: b}}]}\n  training", "spec.pod.envFrom" },
        { "  training", "  pod: {env: [{name: A, value: a}, {name: B, valueFrom: {secretKeyRef: {name: a, key: b}}}], envFrom: [{secretRef: {name: a}}, {configMapRef: {name: b}}], imagePullSecrets: [{name: a}]}\n  training", "" },
        { "  training", "  pod: {data: {}}\n  training", "spec.pod.data" },
        { "  training", "  scheduling: {nodeAffinity: [{key: a, operator: In}]}\n  training", "spec.scheduling.nodeAffinity" },
        { "  training", "  scheduling: {nodeAffinity: [{key: a, operator: Exists, values: [b]}]}\n  training", "spec.scheduling.nodeAffinity" },
        { "  training", "  scheduling: {nodeAffinity: [{key: a, operator: Gt, values: [\"1\", \"2\"]}]}\n  training", "spec.scheduling.nodeAffinity" },
        { "  training", "  scheduling: {nodeAffinity: [{key: a, operator: NotIn, values: [b]}, {key: c, operator: Lt, values: [\"1\"]}, {key: d, operator: Exists}], topologySpreadConstraints: [{topologyKey: zone}]}\n  training", "" },
        { "  training", "  resources: {resourceClaimTemplateName: one-gpu}\n  storage: {caBundleRef: {kind: Secret, name: ca}}\n  training", "" },
        { "  training", "  preflight: {nodeSelector: {a b: c}}\n  training", "spec.preflight.nodeSelector" },
        { "  training", "  preflight: {tolerations: [{operator: Exists}, {effect: NoExecute}]}\n  training", "spec.preflight.tolerations" },
        { "  training", "  preflight: {tolerations: [{key: a, operator: Exists, value: b}]}\n  training", "spec.preflight.tolerations" },
        { "  training", "  preflight: {tolerations: [{key: a, tolerationSeconds: 3}]}\n  training", "spec.preflight.tolerations" },
        { "  training", "  preflight: {image: localhost/trainer:cpu, memory: 2Gi, nodeSelector: {pool: cpu}, tolerations: []}\n  training", "" },
        { "  training", "  serviceAccountName: irsa\n  pod: {labels: {sidecar.istio.io/inject: \"true\"}, annotations: {karpenter.sh/do-not-disrupt: \"true\"}}\n  training", "" },
        { "  training", "  suspend: true\n  retry: {backoffLimit: 0}\n  image: localhost:5000/a@sha256:0\n  resources: {cpu: 8, limitCpu: true}\n  ttlSecondsAfterFinished: 0\n  training", "" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Rule_over_several_fields_is_broken_everywhere_alike(string correct, string changed, string field)
    {
        var manifest = (Inherited.Contains(correct, StringComparison.Ordinal) ? Inherited : Scratch).Replace(correct, changed, StringComparison.Ordinal);
        var ours = Ours(manifest);
        Assert.Equal(field.Length > 0 ? [field] : [], ours.Select(error => error.Field));

        foreach (var api in await apis.BothAsync())
        {
            // What a server does not know is left to the operator.
            var expected = api.KnowsRules ? ours : [];
            var theirs = await api.RefusalsAsync(manifest);
            Assert.Equal(expected.Select(error => error.Field), theirs.Select(refusal => refusal.Field));
            Assert.All(expected.Zip(theirs), pair => Assert.EndsWith(": " + pair.First.Message, pair.Second.Message));
        }
    }

    [Fact]
    public void Every_rule_is_broken_above()
    {
        var broken = Changes.SelectMany(row => new[] { Inherited, Scratch }.SelectMany(manifest => Ours(manifest.Replace(row.Data.Item1, row.Data.Item2, StringComparison.Ordinal))));
        Assert.Empty(InheritRunRules.All.Select(rule => (rule.Field, rule.Message)).Except(broken.Select(error => (error.Field, error.Message))));
    }

    [Fact]
    public async Task Field_out_of_its_bounds_is_blamed_everywhere()
    {
        var mistakes = FieldMistakes.In(JsonSerializer.Serialize(RunApi.Document(Inherited))).ToArray();
        Assert.InRange(mistakes.Length, 140, 400);

        var disagreements = new List<string>();
        foreach (var (field, json) in mistakes)
        {
            Compare("trainer", Ours(json).Select(error => error.Field));
            foreach (var api in await apis.BothAsync())
                Compare(api.KnowsRules ? "current server" : "old server", (await api.RefusalsAsync(json)).Select(refusal => refusal.Field));

            void Compare(string who, IEnumerable<string> blamed)
            {
                // 1.20 does not say which entry of a list it means.
                if (!blamed.Any(one => one == field || one == field.Replace("[0]", "", StringComparison.Ordinal)))
                    disagreements.Add($"{who} blames [{string.Join(", ", blamed)}] for {field} in {json}");
            }
        }

        Assert.True(disagreements.Count == 0, string.Join('\n', disagreements));
    }

    public static TheoryData<string, string, string> ClusterChanges => new()
    {
        { "s3://corpora/owt", "/corpora/owt", "spec.dataset.uri" },
        { "s3://runs/run", "file:///runs/run", "spec.output.uri" },
        { "s3://runs/run", "file:///data/run", "spec.output.uri" },
        { "s3://corpora/owt", "file:///database/owt", "spec.dataset.uri" },
        { "s3://models/gpt2", "models/gpt2", "spec.reference.uri" },
    };

    /// <summary>The one difference: on a laptop a path means something.</summary>
    [Theory]
    [MemberData(nameof(ClusterChanges))]
    public async Task Path_is_good_on_a_laptop_and_refused_in_a_cluster(string correct, string changed, string field)
    {
        var manifest = Inherited.Replace(correct, changed, StringComparison.Ordinal);
        Assert.Empty(Ours(manifest));
        foreach (var api in await apis.BothAsync())
        {
            var refusals = await api.RefusalsAsync(manifest);
            Assert.Equal([field], refusals.Select(refusal => refusal.Field).Distinct());
            Assert.Matches("should match '.*s3://", refusals[0].Message);
        }
    }

    [Theory]
    [InlineData("s3://corpora/owt", "file:///data/owt", "spec.dataset.uri")]
    [InlineData("s3://models/gpt2", "file:///data", "spec.reference.uri")]
    [InlineData("corpora/owt\"", "corpora/owt\", validationUri: \"file:///data/val.bin\"", "spec.dataset.validationUri")]
    public async Task Path_is_good_in_a_cluster_where_something_is_mounted_there(string correct, string changed, string field)
    {
        var manifest = Inherited.Replace(correct, changed, StringComparison.Ordinal);
        foreach (var api in await apis.BothAsync())
        {
            Assert.Empty(await api.RefusalsAsync(manifest.Replace("  training", "  pod: {data: {claimName: corpora}}\n  training", StringComparison.Ordinal)));
            var refusals = await api.RefusalsAsync(manifest);
            Assert.Equal(api.KnowsRules ? [field] : [], refusals.Select(refusal => refusal.Field));
            Assert.All(refusals, refusal => Assert.EndsWith("needs a volume at /data; name one in spec.pod.data", refusal.Message));
        }
    }

    [Theory]
    [InlineData("name: run", "name: Run", "metadata.name")]
    [InlineData("name: run", "name: a.b", "metadata.name")]
    [InlineData("name: run", "name: a23456789-123456789-123456789-123456789-123456789-123", "metadata.name")]
    [InlineData("  training: {steps: 10}", "", "spec.training")]
    [InlineData("uri: \"s3://corpora/owt\"", "", "spec.dataset.uri")]
    [InlineData("  training", "  scheduling: {nodeSelector: {pool: a b}}\n  training", "spec.scheduling.nodeSelector.pool")]
    public async Task Bad_name_missing_field_and_bad_label_are_blamed_everywhere(string correct, string changed, string field)
    {
        var manifest = Inherited.Replace(correct, changed, StringComparison.Ordinal);
        Assert.Contains(Ours(manifest), error => error.Field == field);
        foreach (var api in await apis.BothAsync())
            Assert.Contains(await api.RefusalsAsync(manifest), refusal => refusal.Field == field);
    }

    [Fact]
    public async Task Name_of_52_characters_is_long_enough_for_everyone()
    {
        var manifest = Inherited.Replace("name: run", "name: a23456789-123456789-123456789-123456789-123456789-12", StringComparison.Ordinal);
        Assert.Empty(Ours(manifest));
        foreach (var api in await apis.BothAsync()) Assert.Empty(await api.RefusalsAsync(manifest));
    }

    [Theory]
    [InlineData("steps: 10", "steps: 10, stpes: 3", "spec.training.stpes")]
    [InlineData("  training", "  storage: {caBundle: /ca.pem}\n  training", "spec.storage.caBundle")]
    public async Task Unknown_field_is_refused_by_a_strict_server(string correct, string changed, string field)
    {
        var refusal = Assert.Single(await (await apis.CurrentAsync()).RefusalsAsync(Inherited.Replace(correct, changed, StringComparison.Ordinal)));
        Assert.Contains($"unknown field \"{field}\"", refusal.Message);
    }

    private static IReadOnlyList<FieldError> Ours(string manifest)
    {
        try
        {
            ManifestReader.Parse(manifest, "run.yaml", "/", []);
            return [];
        }
        catch (RunException e)
        {
            return [.. Problem().Matches(e.Message).Select(match => new FieldError(match.Groups["field"].Value, "", match.Groups["message"].Value))];
        }
    }

    [GeneratedRegex(@"^run\.yaml:\d+: (?<field>[^: ]+): ('.*?' )?(?<message>.*)$", RegexOptions.Multiline)]
    private static partial Regex Problem();
}
