namespace Inheritune.Operator.Children;

/// <summary>What an operator is told of the pods that it makes.</summary>
internal sealed record PodOptions
{
    /// <summary>Image of the preflight, where a run names none at all; null for the trainer's.</summary>
    public string? PreflightImage { get; init; }

    /// <summary>Secrets of the run's namespace with which the kubelet fetches images.</summary>
    public IReadOnlyList<string> PullSecrets { get; init; } = [];

    /// <summary>Whether the cluster itself says as which user and group pods run, as OpenShift does.</summary>
    public bool PlatformSecurity { get; init; }

    /// <summary>What all runs have that do not say otherwise.</summary>
    public PodDefaults Defaults { get; init; } = new();
}
