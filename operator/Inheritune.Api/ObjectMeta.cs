using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>The part of Kubernetes' object metadata that a manifest on disk carries.</summary>
public sealed class ObjectMeta
{
    [Required, StringLength(52, MinimumLength = 1), RegularExpression(Patterns.DnsLabel)]
    [Description("Name of the run: lower case letters, digits and '-', at most 52 characters, so that derived names stay within 63.")]
    public string Name { get; init; } = "";

    [StringLength(63), Description("Namespace of the run; ignored outside a cluster.")]
    public string? Namespace { get; init; }

    [Description("Labels; kept as they are.")]
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    [Description("Annotations; kept as they are.")]
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
