using Inheritune.Api;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// Addresses and signs requests, our own and the Minio package's. All are made for <c>http://s3.invalid/bucket/key</c>, because the
/// package neither lets its users choose the addressing style nor change the keys of a client that is at work.
/// </summary>
internal sealed class S3RequestHandler(HttpMessageHandler inner, S3Options options) : DelegatingHandler(inner)
{
    /// <summary>A name that never resolves (RFC 6761), so that a request that misses this handler goes nowhere.</summary>
    public const string Placeholder = "s3.invalid";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.RequestUri = Address(request.RequestUri!);
        request.Headers.Host = null;
        var keys = await options.Credentials.GetAsync(cancellationToken).ConfigureAwait(false);
        S3Signature.Sign(request, keys, options.Region, DateTimeOffset.UtcNow);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private Uri Address(Uri uri)
    {
        var (endpoint, path) = (options.Endpoint, uri.PathAndQuery);
        if (options.Addressing == AddressingStyle.Path) return new Uri(endpoint, path);
        var bucket = path.TrimStart('/').Split('/', '?')[0];
        var rest = path[(bucket.Length + 1)..];
        return new Uri($"{endpoint.Scheme}://{bucket}.{endpoint.Authority}{(rest.StartsWith('/') ? "" : "/")}{rest}");
    }
}
