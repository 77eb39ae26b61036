using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>One entry of a Secret or ConfigMap in the namespace of the run.</summary>
public sealed class KeyReference
{
    [Required, StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("Name of the object.")]
    public string Name { get; init; } = "";

    [Required, StringLength(253, MinimumLength = 1), RegularExpression(Patterns.ConfigMapKey)]
    [Description("Key of the entry.")]
    public string Key { get; init; } = "";
}
