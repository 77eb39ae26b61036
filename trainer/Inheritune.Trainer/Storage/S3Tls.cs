using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Inheritune.Trainer.Storage;

/// <summary>Whose certificates a store and its token service may show.</summary>
internal static class S3Tls
{
    /// <summary>A certificate that is refused is final; any other trouble with TLS may be the network's.</summary>
    /// <param name="authorities">Certificates that the server's may come from; null for the system's.</param>
    public static SslClientAuthenticationOptions Options(X509Certificate2Collection? authorities)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck };
        if (authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        return new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = policy,
            RemoteCertificateValidationCallback = (_, _, chain, errors) =>
                errors == SslPolicyErrors.None ? true : throw Refused(chain, errors),
        };
    }

    private static S3Exception Refused(X509Chain? chain, SslPolicyErrors errors)
    {
        var why = string.Join(", ", [$"{errors}", .. chain?.ChainStatus.Select(status => $"{status.Status}") ?? []]);
        const string Remedy = "give its authority in spec.storage.caBundle or AWS_CA_BUNDLE";
        return new(S3Cause.Denied, $"the server's TLS certificate was not accepted ({why}); {Remedy}");
    }
}
