using System.ComponentModel;

namespace Inheritune.Api;

/// <summary>All entries of an object as environment variables: exactly one of both.</summary>
public sealed class EnvFromSource
{
    [Description("A Secret. The operator never reads it.")]
    public SecretReference? SecretRef { get; init; }

    [Description("A ConfigMap.")]
    public ConfigMapReference? ConfigMapRef { get; init; }
}
