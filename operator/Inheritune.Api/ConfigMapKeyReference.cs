using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>One entry of a ConfigMap in the namespace of the run.</summary>
public sealed class ConfigMapKeyReference
{
    [Required, StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("Name of the ConfigMap.")]
    public string Name { get; init; } = "";

    [StringLength(253, MinimumLength = 1), RegularExpression(Patterns.ConfigMapKey)]
    [Description("Key of the entry.")]
    public string Key { get; init; } = "ca.crt";
}
