using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>A volume of the cluster, mounted read-only at <c>/data</c>: exactly one of both. Used in a cluster only.</summary>
public sealed class DataVolumeSpec
{
    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("PersistentVolumeClaim in the namespace of the run.")]
    public string? ClaimName { get; init; }

    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.Image)]
    [Description("Image or OCI artifact whose files are the volume. Needs Kubernetes 1.33.")]
    public string? Image { get; init; }
}
