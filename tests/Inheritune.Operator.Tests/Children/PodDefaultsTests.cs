using Inheritune.Api;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Hosting;
using k8s.Models;

namespace Inheritune.Operator.Tests.Children;

/// <summary>What an administrator says about all pods, and what a run makes of it.</summary>
public sealed class PodDefaultsTests
{
    private static readonly PodDefaults Defaults = PodDefaults.Parse("""
        pod:
          labels: {team: platform, sidecar.istio.io/inject: "true"}
          annotations: {cost-centre: "7", karpenter.sh/do-not-disrupt: "true"}
          imagePullSecrets: [{name: mirror}]
          env: [{name: HTTPS_PROXY, value: "http://proxy:3128"}, {name: NO_PROXY, value: .svc}]
          envFrom: [{configMapRef: {name: site}}]
        scheduling:
          nodeSelector: {pool: gpu, zone: a}
          tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
          priorityClassName: low
          runtimeClassName: nvidia
        """);

    [Fact]
    public void Run_that_says_nothing_has_all_of_it()
    {
        var (preflight, train) = Pods(new());
        foreach (var pod in new[] { preflight, train })
        {
            Assert.Equal(("platform", "true", "7"), (pod.Labels()["team"], pod.Labels()["sidecar.istio.io/inject"], pod.Annotations()["cost-centre"]));
            Assert.DoesNotContain("sidecar.istio.io/inject", pod.Annotations().Keys);
            Assert.Equal(("mirror", "low", "nvidia.com/gpu"), (pod.Spec.ImagePullSecrets.Single().Name, pod.Spec.PriorityClassName, pod.Spec.Tolerations.Single().Key));
            Assert.Equal("http://proxy:3128", pod.Spec.Containers[0].Env.Single(variable => variable.Name == "HTTPS_PROXY").Value);
            Assert.Equal("site", pod.Spec.Containers[0].EnvFrom.Single().ConfigMapRef.Name);
        }

        Assert.Equal(("nvidia", "gpu", "a"), (train.Spec.RuntimeClassName, train.Spec.NodeSelector["pool"], train.Spec.NodeSelector["zone"]));
        Assert.Null(preflight.Spec.RuntimeClassName);
        Assert.DoesNotContain("pool", preflight.Spec.NodeSelector.Keys);
    }

    [Fact]
    public void Run_counts_more_than_the_cluster()
    {
        var (_, train) = Pods(new()
        {
            Pod = new()
            {
                Labels = new Dictionary<string, string> { ["team"] = "ml", ["own"] = "1" },
                Annotations = new Dictionary<string, string> { ["cost-centre"] = "8" },
                ImagePullSecrets = [new() { Name = "own" }],
                Env = [new() { Name = "NO_PROXY", Value = ".example" }],
                EnvFrom = [new() { SecretRef = new() { Name = "own" } }],
            },
            Scheduling = new() { NodeSelector = new Dictionary<string, string> { ["pool"] = "big" }, Tolerations = [new() { Key = "own" }], PriorityClassName = "high", RuntimeClassName = "crun" },
        });
        Assert.Equal(("ml", "1"), (train.Labels()["team"], train.Labels()["own"]));
        Assert.Equal(("8", "true"), (train.Annotations()["cost-centre"], train.Annotations()["karpenter.sh/do-not-disrupt"]));
        Assert.Equal(["own", "mirror"], train.Spec.ImagePullSecrets.Select(secret => secret.Name));
        Assert.Equal(["NO_PROXY=.example", "HTTPS_PROXY=http://proxy:3128"], train.Spec.Containers[0].Env.Take(2).Select(variable => $"{variable.Name}={variable.Value}"));
        Assert.Equal([null, "own"], train.Spec.Containers[0].EnvFrom.Select(from => from.SecretRef?.Name));
        Assert.Equal(("big", "a", "high", "crun"), (train.Spec.NodeSelector["pool"], train.Spec.NodeSelector["zone"], train.Spec.PriorityClassName, train.Spec.RuntimeClassName));
        Assert.Equal(["own", "nvidia.com/gpu"], train.Spec.Tolerations.Select(toleration => toleration.Key));
    }

    [Theory]
    [InlineData("pod: {lables: {}}", "lables")]
    [InlineData("tolerations: []", "tolerations")]
    [InlineData("pod: [", "write it like")]
    [InlineData("pod: {labels: {team: 7}}", "$.pod.labels")]
    [InlineData("pod: {labels: {team: a b}}", "pod.labels.team: 'a b' must consist of letters")]
    [InlineData("pod: {annotations: {inheritune.dev/run: a}}", "pod.annotations: 'inheritune.dev/run' has a key that is not yours")]
    [InlineData("scheduling: {tolerations: [{}]}", "scheduling.tolerations: has an entry without a key")]
    public void Mistake_is_named(string text, string named) => Assert.Contains(named, Assert.Throws<FormatException>(() => PodDefaults.Parse(text)).Message);

    [Fact]
    public void Mistake_stops_the_operator_at_its_start() =>
        Assert.Contains("--pod-defaults: pod.labels.team: 'a b' must consist of letters", Assert.Single(new RunCommand().Parse(["--trainer-image", "x", "--pod-defaults", "pod: {labels: {team: a b}}"]).Errors).Message);

    private static (V1PodTemplateSpec Preflight, V1PodTemplateSpec Train) Pods(InheritRunSpec spec)
    {
        var builder = new JobBuilder("trainer", new() { Defaults = Defaults });
        var run = new V1Alpha1InheritRun { Metadata = new() { Name = "run", NamespaceProperty = "ns", Uid = "605bc29b-175e-4e41-97d0-bb35b0ca5c92" }, Spec = spec };
        return (builder.Preflight(run).Spec.Template, builder.Train(run, 1, 120).Spec.Template);
    }
}
