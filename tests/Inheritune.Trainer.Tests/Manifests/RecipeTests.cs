using Inheritune.Api;
using Inheritune.Trainer.Manifests;

namespace Inheritune.Trainer.Tests.Manifests;

public sealed class RecipeTests
{
    private const string Yaml = """
        apiVersion: inheritune.dev/v1alpha1
        kind: InheritRun
        metadata: {name: "1e3", namespace: "on", labels: {a.b/c: "true", d: "", e: "x: #y"}}
        spec:
          reference: {uri: /m}
          inherit: {layers: 6, parts: [MLP, Attention]}
          dataset: {uri: /d, maxTokens: 9007199254740993, textField: "null"}
          output: {uri: /o}
          training: {steps: 100, learningRate: "3e-4"}
          scheduling: {nodeSelector: {pool: "on"}, tolerations: [{key: gpu, operator: Exists}, {key: spot, value: "1", effect: NoExecute, tolerationSeconds: 3}]}
          suspend: true
          report: {prompts: ["Once upon a time, there was a very long line that no emitter may fold into two, because the tokens would differ then", "tab\tand\nline", " - ", "é\u0085"]}
        """;

    [Fact]
    public void Written_manifest_is_read_back_the_same_and_states_its_defaults()
    {
        var run = Read();
        var yaml = ManifestWriter.ToYaml(run);
        var again = ManifestReader.Parse(yaml, "again", "/", []);
        Assert.Equal(yaml, ManifestWriter.ToYaml(again));
        Assert.Equal(Recipe.ToJson(run), Recipe.ToJson(again));
        Assert.Equal(run.Metadata.Labels, again.Metadata.Labels);
        Assert.StartsWith("apiVersion: inheritune.dev/v1alpha1\nkind: InheritRun\nmetadata:\n  name: \"1e3\"\n  namespace: \"on\"\n", yaml);
        Assert.Contains("\n    learningRate: \"3e-4\"\n", yaml);
        Assert.Contains("\n    beta2: \"0.95\"\n", yaml);
        Assert.Contains("\n    maxTokens: 9007199254740993\n", yaml);
        Assert.Contains("\n  suspend: true\n", yaml);
        Assert.Contains("\n    - key: spot\n      value: \"1\"\n", yaml);
        Assert.DoesNotContain("architecture", yaml);
        Assert.DoesNotContain("annotations", yaml);
    }

    [Fact]
    public void Recipe_survives_json()
    {
        var run = Read();
        var again = Recipe.FromJson(Recipe.ToJson(run), "marker");
        Assert.Equal(Recipe.Hash(run), Recipe.Hash(again));
        Assert.Equal(run.Spec.Report.Prompts, again.Spec.Report.Prompts);
        Assert.Empty(Recipe.Differences(run, again));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"training\": 3}")]
    [InlineData("{\"inherit\": {\"layers\": 1, \"policy\": \"Later\"}}")]
    public void Broken_json_is_a_user_error(string json) =>
        Assert.StartsWith("marker: is not a recipe that this version can read", Assert.Throws<RunException>(() => Recipe.FromJson(json, "marker")).Message);

    [Theory]
    [InlineData("output.uri=/elsewhere")]
    [InlineData("output.precision=BFloat16")]
    [InlineData("checkpoint.everySteps=3")]
    [InlineData("report.sampleTokens=3")]
    [InlineData("training.logEverySteps=3")]
    [InlineData("training.activationCheckpointing=true")]
    [InlineData("evaluation.anyReferenceLoss=true")]
    [InlineData("storage.endpoint=https://minio.example:9000")]
    [InlineData("storage.retrySeconds=3")]
    [InlineData("storage.cacheMebibytes=3")]
    [InlineData("storage.credentialsSecretRef.name=minio")]
    [InlineData("storage.caBundleRef.name=minio")]
    [InlineData("suspend=false")]
    [InlineData("retry.backoffLimit=0")]
    [InlineData("deadlines.startDeadlineSeconds=3")]
    [InlineData("ttlSecondsAfterFinished=0")]
    [InlineData("resources.memory=64Gi")]
    [InlineData("scheduling.nodeSelector.kubernetes.io/hostname=a")]
    [InlineData("image=registry.example/trainer:2")]
    [InlineData("metadata.name=other")]
    [InlineData("training.learningRate=0.00030")]
    [InlineData("inherit.parts=Attention,MLP")]
    [InlineData("training.seed=1337")]
    public void What_cannot_change_the_weights_keeps_the_hash(string change)
    {
        Assert.Equal(Recipe.Hash(Read()), Recipe.Hash(Read(change)));
        Assert.Empty(Recipe.Differences(Read(), Read(change)));
    }

    [Theory]
    [InlineData("training.steps=200", "training.steps: 100 -> 200")]
    [InlineData("training.sequenceLength=64", "training.sequenceLength: (not set) -> 64")]
    [InlineData("dataset.maxTokens=", "dataset.maxTokens: 9007199254740993 -> (not set)")]
    [InlineData("training.learningRate=3e-3", "training.learningRate: 0.0003 -> 0.003")]
    [InlineData("inherit.parts=MLP", "inherit.parts: [\"Attention\",\"MLP\"] -> [\"MLP\"]")]
    [InlineData("evaluation.batches=1", "evaluation.batches: 20 -> 1")]
    [InlineData("reference.uri=/n", "reference.uri: /m -> /n")]
    public void What_decides_the_result_changes_the_hash_and_is_named(string change, string expected)
    {
        Assert.NotEqual(Recipe.Hash(Read()), Recipe.Hash(Read(change)));
        Assert.Equal([expected], Recipe.Differences(Read(), Read(change)));
    }

    /// <summary>Output folders of earlier versions hold this hash: a change here is a break for their users.</summary>
    [Fact]
    public void Hash_is_stable() => Assert.StartsWith("18096bdbd87dc5d3c31f986e688133d878fbf24bde0eca64c4", Recipe.Hash(Read()));

    private static InheritRun Read(params string[] overrides) => ManifestReader.Parse(Yaml, "run.yaml", "/base", overrides);
}
