using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>A Secret in the namespace of the run.</summary>
public sealed class SecretReference
{
    [Required, StringLength(253, MinimumLength = 1), RegularExpression(Patterns.DnsSubdomain)]
    [Description("Name of the Secret.")]
    public string Name { get; init; } = "";
}
