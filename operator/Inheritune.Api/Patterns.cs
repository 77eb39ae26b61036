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
}
