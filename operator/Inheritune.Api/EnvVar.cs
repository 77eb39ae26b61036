using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>An environment variable of the trainer; the fields are those of a Kubernetes container.</summary>
public sealed class EnvVar
{
    [Required, StringLength(128, MinimumLength = 1), RegularExpression(Patterns.Variable)]
    [Description("Name of the variable.")]
    public string Name { get; init; } = "";

    [StringLength(2048), Description("Its value. Exclusive with valueFrom.")]
    public string? Value { get; init; }

    [Description("Where its value stands. Exclusive with value.")]
    public EnvVarSource? ValueFrom { get; init; }
}
