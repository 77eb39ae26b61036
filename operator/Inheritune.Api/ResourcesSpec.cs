using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>What the pod of a run asks of its node, beside exactly one GPU. Used in a cluster only.</summary>
public sealed class ResourcesSpec
{
    [StringLength(317, MinimumLength = 1), RegularExpression(Patterns.QualifiedName)]
    [Description("Name of the extended resource of which the pod takes one, as the node's device plugin offers it; another name selects a slice of a GPU, such as nvidia.com/mig-3g.40gb.")]
    public string GpuResourceName { get; init; } = "nvidia.com/gpu";

    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("ResourceClaimTemplate that gives the pod its GPU, in the place of gpuResourceName. Needs Kubernetes 1.34.")]
    public string? ResourceClaimTemplateName { get; init; }

    [IntOrString(1, 99999), StringLength(20, MinimumLength = 1), RegularExpression(Patterns.Cpus)]
    [Description("Number of CPUs, such as 4 or \"500m\".")]
    public string Cpu { get; init; } = "4";

    [Description("Whether cpu is a limit, too, in both pods: their QoS class is Guaranteed, and quotas on limits.cpu take them.")]
    public bool LimitCpu { get; init; }

    [StringLength(20, MinimumLength = 1), RegularExpression(Patterns.Bytes)]
    [Description("Amount of memory, with its unit.")]
    public string Memory { get; init; } = "16Gi";

    [StringLength(20, MinimumLength = 1), RegularExpression(Patterns.Bytes)]
    [Description("Amount of local disk for tokenized data and for checkpoints on their way to the output, with its unit.")]
    public string Scratch { get; init; } = "50Gi";
}
