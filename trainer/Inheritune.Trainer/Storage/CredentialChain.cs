using System.Security.Cryptography.X509Certificates;

namespace Inheritune.Trainer.Storage;

/// <summary>Finds where keys come from: files, then as the AWS tools do variables, a web identity, an agent of the container.</summary>
internal static class CredentialChain
{
    private const string Amazon = "AWS_ACCESS_KEY_ID";

    private static readonly (string Access, string Secret)[] Variables =
    [
        (Amazon, "AWS_SECRET_ACCESS_KEY"), ("MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"), ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"),
    ];

    /// <summary>Of Amazon's hosts; in China it has its own.</summary>
    private static readonly string[] Domains = [".amazonaws.com", ".amazonaws.com.cn"];

    /// <param name="endpoint">The object store.</param>
    /// <param name="region">Its region.</param>
    /// <param name="authorities">Certificates that servers' may come from; null for the system's.</param>
    /// <param name="time">By which temporary keys end.</param>
    /// <exception cref="RunException">There are none, or not where they should be.</exception>
    public static S3Credentials Find(Uri endpoint, string region, X509Certificate2Collection? authorities, TimeProvider time) =>
        new(Files() ?? Environment() ?? WebIdentity(endpoint, region, authorities) ?? ContainerKeys.Find() ?? throw Nothing(), time);

    private static IKeySource? Files()
    {
        if (S3Options.Variable(KeyFolder.Variable) is not { } folder) return null;
        var found = new KeyFolder(folder);
        try
        {
            found.Read();
        }
        catch (S3Exception e)
        {
            throw new RunException(ExitCode.StorageDenied, e.Message, e);
        }

        return found;
    }

    private static IKeySource? Environment()
    {
        foreach (var (access, secret) in Variables)
            if (S3Options.Variable(access) is { } accessKey && S3Options.Variable(secret) is { } secretKey)
            {
                var token = access == Amazon ? S3Options.Variable("AWS_SESSION_TOKEN") : null;
                return new FixedKeys(new(accessKey, secretKey, token ?? ""), access);
            }

        return null;
    }

    private static IKeySource? WebIdentity(Uri endpoint, string region, X509Certificate2Collection? authorities)
    {
        if (S3Options.Variable(WebIdentityKeys.TokenVariable) is not { } file) return null;
        var (service, role) = (TokenService(endpoint, region), S3Options.Variable(WebIdentityKeys.RoleVariable));
        if (role is null && DomainOf(service) is not null)
            throw new RunException(
                ExitCode.StorageDenied,
                $"{WebIdentityKeys.TokenVariable} is set and {WebIdentityKeys.RoleVariable} is not; "
                + "set it to the role that the token stands for, such as arn:aws:iam::123456789012:role/trainer");
        // A host's name may hold what a session's may not.
        var host = string.Concat(System.Environment.MachineName.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.').Take(50));
        return new WebIdentityKeys(service, role, file, S3Options.Variable("AWS_ROLE_SESSION_NAME") ?? $"inheritune-{host}", authorities);
    }

    /// <summary>
    /// The one that is named, Amazon's of the region where the store is Amazon's, else the store itself: MinIO and Ceph are their own token
    /// service.
    /// </summary>
    /// <exception cref="RunException">The name is no URL.</exception>
    internal static Uri TokenService(Uri endpoint, string region)
    {
        const string Variable = "AWS_ENDPOINT_URL_STS";
        if (S3Options.Variable(Variable) is { } named)
            return Uri.TryCreate(named, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri
                : throw RunException.Invalid(Variable, named, "must be http://host:port or https://host:port");
        return DomainOf(endpoint) is { } domain ? new($"https://sts.{region}{domain}") : endpoint;
    }

    private static string? DomainOf(Uri uri) => Domains.FirstOrDefault(domain => uri.Host.EndsWith(domain, StringComparison.Ordinal));

    private static RunException Nothing()
    {
        var pairs = string.Join(", or ", Variables.Select(pair => $"{pair.Access} and {pair.Secret}"));
        var platform = $"{WebIdentityKeys.RoleVariable} and {WebIdentityKeys.TokenVariable}, or {ContainerKeys.FullVariable}";
        return new(
            ExitCode.StorageDenied,
            $"no credentials for s3:// URIs; set {KeyFolder.Variable} to a folder with the files accessKeyId and secretAccessKey, "
            + $"or set {pairs}, or let the platform set {platform}");
    }
}
