using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>A ConfigMap in the namespace of the run.</summary>
public sealed class ConfigMapReference
{
    [Required, StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("Name of the ConfigMap.")]
    public string Name { get; init; } = "";
}
