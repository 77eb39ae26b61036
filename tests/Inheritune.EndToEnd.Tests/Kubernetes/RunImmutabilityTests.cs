using System.Text.Json.Nodes;
using Inheritune.Api;
using k8s;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>A recipe stays as it was created. The current server sees to it; for the old one the operator does, by the digest.</summary>
[Collection(nameof(Runs))]
public sealed class RunImmutabilityTests(RunApis apis)
{
    private const string Manifest = """
        apiVersion: inheritune.dev/v1alpha1
        kind: InheritRun
        metadata: {name: NAME}
        spec:
          reference: {uri: "s3://models/gpt2"}
          inherit: {layers: 6}
          dataset: {uri: "s3://corpora/owt"}
          output: {uri: "s3://runs/run"}
          training: {steps: 10}
          checkpoint: {everySeconds: 300}
          deadlines: {startDeadlineSeconds: 60, activeDeadlineSeconds: 3600}
          scheduling: {nodeSelector: {pool: a}}
          image: localhost/trainer:1
        """;

    /// <summary>A merge patch of the spec, and the fields that the server blames, in its order. None: the change is allowed.</summary>
    public static TheoryData<string, string[]> Changes => new()
    {
        { """{"suspend": true}""", [] },
        { """{"suspend": null}""", [] },
        { """{"ttlSecondsAfterFinished": 5}""", [] },
        { """{"deadlines": {"activeDeadlineSeconds": 7200}}""", [] },
        { """{"deadlines": {"activeDeadlineSeconds": null}}""", [] },
        { """{"training": {"steps": 10}, "evaluation": {}, "report": null}""", [] },
        { """{"reference": {"uri": "s3://models/gpt3"}}""", ["spec.reference"] },
        { """{"reference": null, "inherit": null, "architecture": {"layers": 1, "hiddenSize": 8, "heads": 1}}""", ["spec.reference", "spec.architecture", "spec.inherit"] },
        { """{"dataset": {"maxTokens": 5}}""", ["spec.dataset"] },
        { """{"output": {"uri": "s3://runs/other"}}""", ["spec.output"] },
        { """{"inherit": {"parts": ["MLP"]}}""", ["spec.inherit"] },
        { """{"training": {"steps": 11}}""", ["spec.training"] },
        { """{"training": {"steps": null, "tokens": 10}}""", ["spec.training"] },
        { """{"evaluation": {"batches": 1}}""", ["spec.evaluation"] },
        { """{"checkpoint": {"keepLast": 1}}""", ["spec.checkpoint"] },
        { """{"checkpoint": null}""", ["spec.checkpoint"] },
        { """{"report": {"prompts": ["a"]}}""", ["spec.report"] },
        { """{"storage": {"credentialsSecretRef": {"name": "other"}}}""", ["spec.storage"] },
        { """{"retry": {"backoffLimit": 4}}""", ["spec.retry"] },
        { """{"deadlines": {"startDeadlineSeconds": 61}}""", ["spec.deadlines.startDeadlineSeconds"] },
        { """{"deadlines": {"startDeadlineSeconds": null}}""", ["spec.deadlines.startDeadlineSeconds"] },
        { """{"deadlines": {"progressTimeoutSeconds": 1800}}""", ["spec.deadlines.progressTimeoutSeconds"] },
        { """{"deadlines": null}""", ["spec.deadlines.startDeadlineSeconds"] },
        { """{"resources": {"memory": "17Gi"}}""", ["spec.resources"] },
        { """{"scheduling": null}""", ["spec.scheduling"] },
        { """{"scheduling": {"nodeSelector": null}}""", ["spec.scheduling"] },
        { """{"image": "localhost/trainer:2"}""", ["spec.image"] },
        { """{"image": null}""", ["spec.image"] },
        { """{"serviceAccountName": "other"}""", ["spec.serviceAccountName"] },
        { """{"preflight": {"memory": "2Gi"}}""", ["spec.preflight"] },
        { """{"pod": {"labels": {"a": "b"}}}""", ["spec.pod"] },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Recipe_cannot_be_changed_where_the_server_knows_the_rules_and_is_noticed_elsewhere(string patch, string[] blamed)
    {
        foreach (var api in await apis.BothAsync())
        {
            var name = $"run-{Guid.NewGuid():n}";
            await api.CreateAsync(Manifest.Replace("NAME", name, StringComparison.Ordinal));
            var before = await HashAsync(api, name);
            var refusals = await api.PatchAsync(name, $"{{\"spec\": {patch}}}");
            Assert.Equal(api.KnowsRules ? blamed : [], refusals.Select(refusal => refusal.Field));
            Assert.All(refusals, refusal => Assert.Equal("Forbidden: spec is immutable but for suspend, deadlines.activeDeadlineSeconds, ttlSecondsAfterFinished; create a run with a new name", refusal.Message));
            Assert.Equal(!api.KnowsRules && blamed.Length > 0, before != await HashAsync(api, name));
        }
    }

    [Fact]
    public async Task Optional_block_cannot_be_changed_by_removing_it_and_adding_another()
    {
        var api = await apis.CurrentAsync();
        await api.CreateAsync(Manifest.Replace("NAME", "bare", StringComparison.Ordinal).Replace("  scheduling: {nodeSelector: {pool: a}}\n", "", StringComparison.Ordinal));
        Assert.Equal(["spec.scheduling"], (await api.PatchAsync("bare", """{"spec": {"scheduling": {}}}""")).Select(refusal => refusal.Field));
        Assert.Empty(await api.PatchAsync("bare", """{"spec": {"deadlines": {"activeDeadlineSeconds": null}}}"""));
        Assert.Empty(await api.PatchAsync("bare", """{"spec": {"deadlines": {"activeDeadlineSeconds": 5}, "suspend": true}}"""));
        Assert.Equal(3, (int)(await api.GetAsync("bare"))["metadata"]!["generation"]!);
    }

    private static async Task<string> HashAsync(RunApi api, string name) =>
        SpecHash.Of(KubernetesJson.Deserialize<InheritRunSpec>((await api.GetAsync(name))["spec"]!.ToJsonString()));
}
