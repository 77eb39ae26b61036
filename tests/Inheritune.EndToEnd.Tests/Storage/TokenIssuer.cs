using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>An OpenID provider on loopback, as a cluster's is: it signs service accounts' tokens, and says where its keys are.</summary>
internal sealed class TokenIssuer : IDisposable
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;
    private readonly HttpAgent _agent;

    public TokenIssuer()
    {
        var request = new CertificateRequest("CN=issuer", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var key = new { kid = "1", kty = "RSA", alg = "RS256", use = "sig", x5c = new[] { Convert.ToBase64String(_certificate.RawData) } };
        _agent = new HttpAgent(context => (HttpStatusCode.OK, context.Request.RawUrl!.EndsWith("/keys", StringComparison.Ordinal)
            ? JsonSerializer.Serialize(new { keys = new[] { key } })
            : JsonSerializer.Serialize(new { issuer = Uri, jwks_uri = $"{Uri}/keys" })));
    }

    public string Uri => $"{_agent.Address}issuer";

    /// <summary>SHA-1 of its certificate, by which who trusts it knows it.</summary>
    public string Thumbprint => _certificate.Thumbprint;

    /// <summary>A token for a service account, good for an hour.</summary>
    public string Token(string account, string audience = "inheritune")
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var head = Encode(JsonSerializer.SerializeToUtf8Bytes(new { alg = "RS256", typ = "JWT", kid = "1" }));
        var claims = new { iss = Uri, sub = $"system:serviceaccount:{account}", aud = new[] { audience }, iat = now, exp = now + 3600 };
        var signed = $"{head}.{Encode(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{signed}.{Encode(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    public void Dispose()
    {
        _agent.Dispose();
        _certificate.Dispose();
        _key.Dispose();
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
