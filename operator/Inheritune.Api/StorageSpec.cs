using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>
/// How <c>s3://</c> URIs are reached. Credentials are no part of the resource: in a cluster they are mounted from a Secret that the
/// operator never reads, elsewhere they come from files or environment variables.
/// </summary>
public sealed class StorageSpec
{
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.Endpoint)]
    [Description("The server, such as https://minio.example:9000. Default: AWS_ENDPOINT_URL_S3, else AWS_ENDPOINT_URL.")]
    public string? Endpoint { get; init; }

    [StringLength(63, MinimumLength = 1), RegularExpression(Patterns.DnsLabel)]
    [Description("Region that requests are signed for. Default: AWS_REGION, else AWS_DEFAULT_REGION, else us-east-1.")]
    public string? Region { get; init; }

    [Description("Path puts the bucket into the path of a URL, as MinIO has it; VirtualHost into the host name, as some providers demand it.")]
    public AddressingStyle AddressingStyle { get; init; } = AddressingStyle.Path;

    [Description("Secret with the entries accessKeyId, secretAccessKey and, where one is needed, sessionToken. Used in a cluster only. Default: what the environment variables of the trainer's image say.")]
    public SecretReference? CredentialsSecretRef { get; init; }

    [Description("Certificates, as PEM, of the endpoint's authorities. Used in a cluster only. Default: those of the image.")]
    public CaBundleReference? CaBundleRef { get; init; }

    [Ignore, StringLength(1024, MinimumLength = 1), RegularExpression(Patterns.Uri)]
    [Description("PEM file with the certificates of the authorities that the endpoint's certificate may come from. Default: AWS_CA_BUNDLE, else the system's.")]
    public string? CaBundle { get; init; }

    [Range(0, 86_400), Description("How long requests that fail for a passing reason are tried again, in seconds.")]
    public int RetrySeconds { get; init; } = 300;

    [Range(1, 3600), Description("After this long without a byte a connection counts as dead, in seconds.")]
    public int TimeoutSeconds { get; init; } = 30;

    [Range(1, 1_048_576), Description("How much of the local disk the cache of streamed packed data may take, in MiB; data that is smaller takes its own size.")]
    public int CacheMebibytes { get; init; } = 4096;
}
