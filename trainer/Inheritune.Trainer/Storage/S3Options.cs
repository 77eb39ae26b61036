using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Inheritune.Api;

namespace Inheritune.Trainer.Storage;

/// <summary>How an object store is reached.</summary>
/// <param name="Endpoint">Scheme, host and port.</param>
/// <param name="Region">Region that requests are signed for.</param>
/// <param name="Credentials">The keys.</param>
/// <param name="Authorities">Certificates that the server's may come from; null for the system's.</param>
/// <param name="Patience">How long a request that fails for a passing reason is tried again.</param>
internal sealed record S3Options(Uri Endpoint, string Region, S3Credentials Credentials, X509Certificate2Collection? Authorities, TimeSpan Patience)
{
    /// <summary>Where the bucket stands in URLs.</summary>
    public AddressingStyle Addressing { get; init; } = AddressingStyle.Path;

    /// <summary>The same for a server that has never been reached: sooner than that a wrong endpoint is the likelier cause. Null: as long as any.</summary>
    public TimeSpan? FirstPatience { get; init; }

    /// <summary>After this long without a byte a connection counts as dead.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What the manifest says, and where it says nothing, the environment variables of the AWS tools.</summary>
    public static S3Options From(StorageSpec spec)
    {
        var endpoint = spec.Endpoint ?? Variable("AWS_ENDPOINT_URL_S3") ?? Variable("AWS_ENDPOINT_URL")
            ?? throw RunException.Invalid("spec.storage.endpoint", "", "is required for s3:// URIs; give the server's URL, such as https://minio.example:9000, there or in AWS_ENDPOINT_URL");
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0)
            throw RunException.Invalid("AWS_ENDPOINT_URL", uri is { UserInfo.Length: > 0 } ? "(redacted)" : endpoint, "must be http://host:port or https://host:port");
        var bundle = spec.CaBundle ?? Variable("AWS_CA_BUNDLE");
        var region = spec.Region ?? Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? "us-east-1";
        var authorities = bundle is null ? null : ReadAuthorities(StoreFactory.LocalPath(bundle, "spec.storage.caBundle"));
        return new S3Options(
            uri,
            region,
            CredentialChain.Find(uri, region, authorities, TimeProvider.System),
            authorities,
            TimeSpan.FromSeconds(spec.RetrySeconds)) { Addressing = spec.AddressingStyle, Stall = TimeSpan.FromSeconds(spec.TimeoutSeconds) };
    }

    /// <summary>An environment variable, where empty counts as not set.</summary>
    internal static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPemFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileStore.Translate(path, e);
        }
        catch (CryptographicException)
        {
            // Leaves the collection empty.
        }

        return found.Count > 0 ? found : throw RunException.Invalid("spec.storage.caBundle", path, "holds no certificate; give a PEM file");
    }
}
