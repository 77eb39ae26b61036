using Inheritune.Api;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Tests.Children;

/// <summary>A run, and the Jobs and pods that are made for it.</summary>
internal static class SomeJobs
{
    public static JobBuilder Builder { get; } = new("registry.example/trainer:1");

    public static IEnumerable<V1PodTemplateSpec> Pods(V1Alpha1InheritRun run, JobBuilder? builder = null) =>
        [(builder ?? Builder).Preflight(run).Spec.Template, (builder ?? Builder).Train(run, 1, 120).Spec.Template];

    public static Dictionary<string, string> Map(string key, string value) => new() { [key] = value };

    public static V1Alpha1InheritRun Run(
        PodSpec? pod = null, string? account = null, string? image = null, PreflightSpec? preflight = null, Dictionary<string, string>? selector = null, bool limitCpu = false,
        SchedulingSpec? scheduling = null, string? claim = null, CaBundleReference? authorities = null) => new()
    {
        Metadata = new()
        {
            Name = "run", NamespaceProperty = "ns", Uid = "605bc29b-175e-4e41-97d0-bb35b0ca5c92",
            Labels = new Dictionary<string, string> { ["kueue.x-k8s.io/queue-name"] = "team-a", ["kueue.x-k8s.io/priority-class"] = "high", ["app.kubernetes.io/instance"] = "argo" },
        },
        Spec = new()
        {
            Pod = pod,
            ServiceAccountName = account,
            Image = image,
            Resources = new() { LimitCpu = limitCpu, ResourceClaimTemplateName = claim },
            Preflight = preflight,
            Storage = new() { CredentialsSecretRef = new() { Name = "minio" }, CaBundleRef = authorities },
            Scheduling = scheduling ?? new() { RuntimeClassName = "nvidia", NodeSelector = selector ?? Map("pool", "a100"), Tolerations = [new() { Key = "gpu", Operator = TolerationOperator.Exists }] },
        },
    };
}
