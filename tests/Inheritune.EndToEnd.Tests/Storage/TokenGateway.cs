using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>
/// A Ceph gateway that trusts a <see cref="TokenIssuer"/>: a real token service beside a real object store, with one bucket and one role.
/// </summary>
public sealed class TokenGateway : IDisposable
{
    public const string Bucket = "tokens";
    public const string Role = "arn:aws:iam:::role/trainer";

    private readonly CephGateway _gateway = CephGateway.Start(givesTokens: true);

    public TokenGateway()
    {
        if (!_gateway.IsMissing) PrepareAsync().GetAwaiter().GetResult();
    }

    internal TokenIssuer Issuer { get; } = new();

    internal CephGateway Gateway
    {
        get
        {
            _gateway.SkipWhereMissing();
            return _gateway;
        }
    }

    /// <summary>The bucket with these keys.</summary>
    internal S3Store Open(S3Credentials credentials, double patience = 20)
    {
        var options = new S3Options(Gateway.Endpoint, "us-east-1", credentials, null, TimeSpan.FromSeconds(patience));
        var client = new S3Client(options, SilentStatus.Instance, TestContext.Current.CancellationToken);
        return new(client, new S3Location(Bucket, ""));
    }

    public void Dispose()
    {
        _gateway.Dispose();
        Issuer.Dispose();
    }

    private async Task PrepareAsync()
    {
        var issuer = Issuer.Uri["http://".Length..];
        _gateway.Administer("caps", "add", "--uid=test", "--caps=oidc-provider=*");
        var (url, thumbprint) = (Uri.EscapeDataString(Issuer.Uri), Issuer.Thumbprint);
        var trusted = $"Url={url}&ClientIDList.member.1=inheritune&ThumbprintList.member.1={thumbprint}";
        await SendAsync(HttpMethod.Post, "/", $"Action=CreateOpenIDConnectProvider&Version=2010-05-08&{trusted}");
        await SendAsync(HttpMethod.Put, $"/{Bucket}", "");
        var trust = Policy(new
        {
            Effect = "Allow",
            Principal = new { Federated = new[] { $"arn:aws:iam:::oidc-provider/{issuer}" } },
            Action = new[] { "sts:AssumeRoleWithWebIdentity" },
        });
        var access = Policy(new { Effect = "Allow", Action = new[] { "s3:*" }, Resource = "arn:aws:s3:::*" });
        _gateway.Administer("role", "create", "--role-name=trainer", "--path=/", $"--assume-role-policy-doc={trust}");
        _gateway.Administer("role-policy", "put", "--role-name=trainer", "--policy-name=all", $"--policy-doc={access}");
    }

    private static string Policy(object statement) =>
        JsonSerializer.Serialize(new { Version = "2012-10-17", Statement = new[] { statement } });

    private async Task SendAsync(HttpMethod method, string path, string form)
    {
        var body = Encoding.UTF8.GetBytes(form);
        using var request = new HttpRequestMessage(method, new Uri(_gateway.Endpoint, path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/x-www-form-urlencoded");
        request.Headers.TryAddWithoutValidation(S3Signature.ContentHeader, Convert.ToHexStringLower(SHA256.HashData(body)));
        S3Signature.Sign(request, new(_gateway.AccessKey, _gateway.SecretKey, ""), "us-east-1", DateTimeOffset.UtcNow);
        using var http = new HttpClient();
        using var response = await http.SendAsync(request);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }
}
