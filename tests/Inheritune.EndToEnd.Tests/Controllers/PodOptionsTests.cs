using Inheritune.EndToEnd.Tests.Kubernetes;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Controllers;

/// <summary>What the operator's program is told of the pods of all runs, and what a real API server has of it in the end.</summary>
[Collection(nameof(Runs))]
public sealed class PodOptionsTests(ControlPlane plane, RunApis apis)
{
    [Fact]
    public async Task Options_of_the_operator_and_words_of_a_run_come_to_its_pods()
    {
        await using var cluster = await OperatorCluster.StartAsync(
            plane, apis, "--platform-security", "--preflight-image", "registry.example/trainer:1-cpu", "--trainer-image-pull-secret", "mirror",
            "--pod-defaults", """{"pod": {"annotations": {"team": "platform"}}, "scheduling": {"tolerations": [{"key": "gpu", "operator": "Exists"}], "runtimeClassName": "nvidia"}}""");
        await cluster.CreateRunAsync("all", """
            {
              resources: {cpu: 8, limitCpu: true},
              scheduling: {nodeAffinity: [{key: kubernetes.io/os, operator: In, values: [linux]}], topologySpreadConstraints: [{topologyKey: tests}]},
              preflight: {memory: 2Gi},
              pod: {labels: {cost-centre: "7"}, imagePullSecrets: [{name: own}], env: [{name: A, valueFrom: {secretKeyRef: {name: hub, key: token}}}], envFrom: [{configMapRef: {name: site}}]},
              storage: {caBundleRef: {kind: Secret, name: ca}}
            }
            """);
        await cluster.Kubelet.EndsAsync(await cluster.PodAsync("all-preflight"), 0);
        var (preflight, train) = ((await cluster.JobAsync("all-preflight")).Spec.Template, (await cluster.JobAsync("all-train")).Spec.Template);
        foreach (var pod in new[] { preflight, train })
        {
            Assert.Equal(("platform", "7", "false"), (pod.Annotations()["team"], pod.Labels()["cost-centre"], pod.Labels()["sidecar.istio.io/inject"]));
            Assert.Equal((null, null, true), (pod.Spec.SecurityContext.RunAsUser, pod.Spec.SecurityContext.FsGroup, pod.Spec.SecurityContext.RunAsNonRoot));
            Assert.Equal(["own", "mirror"], pod.Spec.ImagePullSecrets.Select(secret => secret.Name));
            Assert.Contains(pod.Spec.Containers[0].Env, variable => variable.ValueFrom?.SecretKeyRef is { Name: "hub", Key: "token" });
            Assert.Contains(pod.Spec.Volumes, volume => volume.Secret?.SecretName == "ca");
            Assert.Equal(("gpu", "linux"), (Assert.Single(pod.Spec.Tolerations).Key, pod.Spec.NodeSelector["kubernetes.io/os"]));
        }

        Assert.Equal(("registry.example/trainer:1-cpu", "registry.example/trainer:1"), (preflight.Spec.Containers[0].Image, train.Spec.Containers[0].Image));
        Assert.Equal((null, "nvidia"), (preflight.Spec.RuntimeClassName, train.Spec.RuntimeClassName));
        Assert.Equal(("2Gi", "8"), (preflight.Spec.Containers[0].Resources.Limits["memory"].ToString(), train.Spec.Containers[0].Resources.Limits["cpu"].ToString()));
        Assert.Equal("tests", Assert.Single(train.Spec.TopologySpreadConstraints).TopologyKey);
    }
}
