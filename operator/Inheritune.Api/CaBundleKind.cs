namespace Inheritune.Api;

/// <summary>What holds certificates of authorities: trust-manager makes ConfigMaps, cert-manager Secrets.</summary>
public enum CaBundleKind
{
    ConfigMap,
    Secret,
}
