namespace Inheritune.Api;


/// <summary>Regular expressions shared by the resource's fields. Each is valid in .NET and in RE2, which the API server uses.</summary>
public static class Patterns
{
    /// <summary>A Kubernetes object name without dots (RFC 1123 label).</summary>
    public const string DnsLabel = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

    /// <summary>A non-negative decimal such as <c>0.1</c> or <c>3e-4</c>; the resource has no floating-point fields. Two digits of exponent keep it finite.</summary>
    public const string Decimal = "^[0-9]+([.][0-9]+)?([eE][-+]?[0-9]{1,2})?$";

    /// <summary>Scheme, host and port of a server, without user, path or query.</summary>
    public const string Endpoint = "^https?://[^/?#@ ]+/?$";

    /// <summary>An object-store URI, a file URI or a plain path.</summary>
    public const string Uri = "^(s3://[^/]+(/.*)?|file:///.*|[^:]+)$";

    /// <summary>
    /// What the cluster's schema puts in the place of <see cref="Uri"/>: a path names something on the user's machine, and in a pod it would
    /// be an empty folder that is gone with it. A pattern, not a rule, because API servers of every age enforce patterns.
    /// </summary>
    public const string ObjectUri = "^s3://[^/]+(/.*)?$";

    /// <summary>As before, or a file of the volume that is mounted at <c>/data</c>.</summary>
    public const string MountedUri = "^(s3://[^/]+(/.*)?|file:///data(/.*)?)$";

    /// <summary>A task's name, and the number of its examples where that is not 0.</summary>
    public const string EvaluationTask = "^[a-z0-9_]+(=[0-9]{1,3})?$";

    /// <summary>A version of lm-evaluation-harness.</summary>
    public const string HarnessVersion = "^0[.](3|3[.]0|4)$";

    /// <summary>A Kubernetes object name (RFC 1123 subdomain).</summary>
    public const string DnsSubdomain = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

    /// <summary>A name with the domain of its owner, such as <c>nvidia.com/gpu</c>.</summary>
    public const string QualifiedName = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";

    /// <summary>Key of a label or taint: a name, with or without the domain of its owner.</summary>
    public const string LabelKey = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";

    /// <summary>Value of a label or taint; may be empty.</summary>
    public const string LabelValue = "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$";

    /// <summary>Key of a ConfigMap or Secret.</summary>
    public const string ConfigMapKey = "^[-._a-zA-Z0-9]+$";

    /// <summary>Name of an environment variable.</summary>
    public const string Variable = "^[A-Za-z_][A-Za-z0-9_]*$";

    /// <summary>A Kubernetes quantity that counts CPUs: whole, to three decimals, or in thousandths (<c>500m</c>); above 0.</summary>
    public const string Cpus = "^([1-9][0-9]{0,4}([.][0-9]{1,3})?|0[.][0-9]{0,2}[1-9]|[1-9][0-9]{0,6}m)$";

    /// <summary>A Kubernetes quantity that counts bytes; the unit is a must, because a bare 16 was never meant to be 16 bytes.</summary>
    public const string Bytes = "^[1-9][0-9]{0,11}(k|M|G|T|Ki|Mi|Gi|Ti)$";

    /// <summary>A container image, with or without registry, tag and digest.</summary>
    public const string Image = "^[A-Za-z0-9][-A-Za-z0-9._/:@]*$";

    /// <summary>As <see cref="Decimal"/>, or negative.</summary>
    public const string SignedDecimal = "^[-+]?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]{1,2})?$";

    /// <summary>Name of a condition or reason.</summary>
    public const string Word = "^[A-Z][A-Za-z0-9]*$";

    /// <summary>A digest in lower-case hexadecimal.</summary>
    public const string Sha256 = "^sha256:[0-9a-f]{64}$";

    /// <summary>A part of a whole.</summary>
    public const string Percent = "^(100|[1-9]?[0-9])%$";

    /// <summary>A span of time in the units that <c>kubectl get</c> uses for AGE, such as <c>1h30m</c>.</summary>
    public const string Duration = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$";
}
