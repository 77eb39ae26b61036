using System.Security.Cryptography.X509Certificates;
using System.Xml;
using System.Xml.Linq;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// Temporary keys from a security token service, in exchange for the token that the platform keeps in a file (IRSA, and what MinIO and
/// Ceph have alike).
/// </summary>
/// <param name="service">The token service.</param>
/// <param name="role">The role to take; null where the service goes by the token alone, as MinIO may.</param>
/// <param name="tokenFile">The file, which the platform replaces long before the token in it expires.</param>
/// <param name="session">Name of the session, for the service's records.</param>
/// <param name="authorities">Certificates that the service's may come from; null for the system's.</param>
internal sealed class WebIdentityKeys(Uri service, string? role, string tokenFile, string session, X509Certificate2Collection? authorities)
    : IKeySource
{
    public const string RoleVariable = "AWS_ROLE_ARN";
    public const string TokenVariable = "AWS_WEB_IDENTITY_TOKEN_FILE";

    public string Description =>
        $"{service.GetLeftPart(UriPartial.Authority)} for the token in {tokenFile} ({TokenVariable})"
        + (role is null ? "" : $" and the role {role} ({RoleVariable})");

    public async Task<S3Keys> FetchAsync(CancellationToken cancellation)
    {
        var token = ReadToken();
        var form = new Dictionary<string, string>
        {
            ["Action"] = "AssumeRoleWithWebIdentity",
            ["Version"] = "2011-06-15",
            ["RoleSessionName"] = session,
            ["WebIdentityToken"] = token,
        };
        if (role is not null) form["RoleArn"] = role;
        using var request = new HttpRequestMessage(HttpMethod.Post, service) { Content = new FormUrlEncodedContent(form) };
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false, SslOptions = S3Tls.Options(authorities) };
        return Parse(await KeyService.AskAsync(request, sockets, Remedy, token, cancellation).ConfigureAwait(false));
    }

    private string Remedy =>
        (role is null ? "check" : $"check {RoleVariable} '{role}',")
        + $" what it asks of issuer, audience and subject of the token in {TokenVariable} '{tokenFile}', and AWS_ENDPOINT_URL_STS";

    private string ReadToken()
    {
        try
        {
            return File.ReadAllText(tokenFile).Trim() is { Length: > 0 } token
                ? token
                : throw new S3Exception(S3Cause.Denied, $"{TokenVariable}: '{tokenFile}' is empty; it must hold a token");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var what = $"{TokenVariable}: '{tokenFile}' cannot be read ({e.Message.TrimEnd('.')})";
            throw new S3Exception(S3Cause.Denied, $"{what}; it must name the file with the service account's token", e);
        }
    }

    private S3Keys Parse(string body)
    {
        try
        {
            // Each service has a namespace of its own, or none.
            var elements = XDocument.Parse(body).Descendants().ToLookup(element => element.Name.LocalName, element => element.Value.Trim());
            string Of(string name) =>
                elements[name].FirstOrDefault(value => value.Length > 0) ?? throw KeyService.Senseless(service, $"has no {name}");
            return new(Of("AccessKeyId"), Of("SecretAccessKey"), Of("SessionToken")) { Expiration = KeyService.Time(Of("Expiration")) };
        }
        catch (Exception e) when (e is XmlException or FormatException)
        {
            throw KeyService.Senseless(service, "cannot be read");
        }
    }
}
