using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>Certificates of authorities, in one entry of a ConfigMap or Secret in the namespace of the run.</summary>
public sealed class CaBundleReference
{
    [Description("Kind of the object.")]
    public CaBundleKind Kind { get; init; } = CaBundleKind.ConfigMap;

    [Required, StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("Name of the object.")]
    public string Name { get; init; } = "";

    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.ConfigMapKey)]
    [Description("Key of the entry.")]
    public string Key { get; init; } = "ca.crt";
}
