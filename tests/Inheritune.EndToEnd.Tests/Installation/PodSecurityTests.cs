using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Installation;

/// <summary>The check that the other tests rely on.</summary>
public sealed class PodSecurityTests
{
    private const string Good = """
        {"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}, "volumes": [{"name": "v", "emptyDir": {}}],
         "containers": [{"name": "c", "ports": [{"containerPort": 80}], "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}]}
        """;

    [Fact]
    public void Good_pod_passes() => Assert.Empty(PodSecurity.Violations(Pod(Good)));

    [Theory]
    [InlineData("hostNetwork", "true")]
    [InlineData("hostPID", "true")]
    [InlineData("hostIPC", "true")]
    [InlineData("volumes.0.hostPath", """{"path": "/"}""")]
    [InlineData("securityContext.sysctls", """[{"name": "kernel.msgmax", "value": "1"}]""")]
    [InlineData("securityContext.runAsNonRoot", "null")]
    [InlineData("securityContext.runAsUser", "0")]
    [InlineData("securityContext.seccompProfile", "null")]
    [InlineData("securityContext.seccompProfile.type", "\"Unconfined\"")]
    [InlineData("containers.0.securityContext.privileged", "true")]
    [InlineData("containers.0.securityContext.allowPrivilegeEscalation", "null")]
    [InlineData("containers.0.securityContext.capabilities.drop", """["NET_RAW"]""")]
    [InlineData("containers.0.securityContext.capabilities.add", """["SYS_ADMIN"]""")]
    [InlineData("containers.0.securityContext.runAsNonRoot", "false")]
    [InlineData("containers.0.securityContext.procMount", "\"Unmasked\"")]
    [InlineData("containers.0.ports.0.hostPort", "80")]
    public void Pod_with_one_fault_is_refused(string path, string value)
    {
        var pod = JsonNode.Parse(Good)!;
        var parts = path.Split('.');
        var parent = parts[..^1].Aggregate(pod, (node, part) => int.TryParse(part, out var index) ? node[index]! : node[part]!);
        parent[parts[^1]] = JsonNode.Parse(value);
        // A volume is of one kind.
        if (path.StartsWith("volumes", StringComparison.Ordinal)) parent.AsObject().Remove("emptyDir");
        Assert.Single(PodSecurity.Violations(Pod(pod.ToJsonString())));
    }

    private static V1PodSpec Pod(string json) => KubernetesJson.Deserialize<V1PodSpec>(json);
}
