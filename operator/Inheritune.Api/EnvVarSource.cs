using System.ComponentModel;

namespace Inheritune.Api;

/// <summary>Where the value of an environment variable stands: exactly one of both.</summary>
public sealed class EnvVarSource
{
    [Description("Entry of a Secret. The operator never reads it.")]
    public KeyReference? SecretKeyRef { get; init; }

    [Description("Entry of a ConfigMap.")]
    public KeyReference? ConfigMapKeyRef { get; init; }
}
