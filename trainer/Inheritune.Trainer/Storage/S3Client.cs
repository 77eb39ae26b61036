using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Inheritune.Trainer.Status;
using Minio;
using Minio.DataModel;
using Minio.DataModel.Args;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// Single requests to an object store, without retries. The Minio package signs, lists, deletes and uploads in parts; downloads and
/// small uploads are presigned requests of our own, because the package's download takes three requests that are not tied to one
/// version, fails on ranges, and its upload buffers and cannot be checked. A presigned URL is a credential: it is never shown.
/// </summary>
internal sealed class S3Client : IDisposable
{
    private const int ExpirySeconds = 3600;

    private readonly HttpClient _http;
    private readonly IMinioClient _minio;

    public S3Client(S3Options options, IRunStatus status, CancellationToken stop)
    {
        Options = options;
        Retry = new S3Retry(options, status, stop);
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (options.Authorities is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(options.Authorities);
            sockets.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        _http = new HttpClient(new S3AnswerHandler(sockets, options.Stall)) { Timeout = Timeout.InfiniteTimeSpan };
        _minio = new MinioClient()
            .WithEndpoint(options.Endpoint.Host, options.Endpoint.Port)
            .WithSSL(options.Endpoint.Scheme == "https")
            .WithRegion(options.Region)
            .WithCredentials(options.Credentials.AccessKey, options.Credentials.SecretKey)
            .WithSessionToken(options.Credentials.SessionToken)
            .WithHttpClient(_http, false)
            .Build();
    }

    public S3Options Options { get; }

    public S3Retry Retry { get; }

    /// <summary>Size and ETag, or null when there is no such object. A GET of one byte: unlike HEAD it says why it fails.</summary>
    public async Task<(long Size, string ETag)?> StatAsync(string bucket, string key, CancellationToken cancellation)
    {
        try
        {
            using var response = await GetAsync(bucket, key, new RangeHeaderValue(0, 0), "", cancellation).ConfigureAwait(false);
            return (response.Content.Headers.ContentRange?.Length ?? throw NotS3("Content-Range"), ETagOf(response));
        }
        catch (S3Exception e) when (e.Cause == S3Cause.NoObject)
        {
            return null;
        }
        catch (S3Exception e) when (e.Cause == S3Cause.OutOfRange)
        {
            // An empty object has no first byte.
            using var response = await GetAsync(bucket, key, null, "", cancellation).ConfigureAwait(false);
            return (response.Content.Headers.ContentLength ?? throw NotS3("Content-Length"), ETagOf(response));
        }
    }

    /// <summary>Bytes from <paramref name="first"/> to <paramref name="last"/>, both included, of one version of an object.</summary>
    public async Task<S3Body> OpenAsync(string bucket, string key, string etag, long first, long last, CancellationToken cancellation)
    {
        var response = await GetAsync(bucket, key, new RangeHeaderValue(first, last), etag, cancellation).ConfigureAwait(false);
        if (response.Content.Headers.ContentRange is { From: { } from } && from == first && ETagOf(response) == etag)
            return new S3Body(response, await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false), Options.Stall);
        response.Dispose();
        throw NotS3("the range that was asked for");
    }

    /// <summary>Uploads a file in one request, which the server checks against the MD5; returns the ETag.</summary>
    public async Task<string> PutAsync(string bucket, string key, string path, byte[] md5, CancellationToken cancellation)
    {
        var url = await _minio.PresignedPutObjectAsync(new PresignedPutObjectArgs().WithBucket(bucket).WithObject(key).WithExpiry(ExpirySeconds)).ConfigureAwait(false);
        using var content = new StreamContent(File.OpenRead(path));
        content.Headers.ContentLength = new FileInfo(path).Length;
        content.Headers.ContentMD5 = md5;
        using var request = new HttpRequestMessage(HttpMethod.Put, url) { Content = content };
        using var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
        return ETagOf(response);
    }

    /// <summary>Uploads a file in parts; when it fails, nothing of it is left.</summary>
    public async Task PutPartsAsync(string bucket, string key, string path, CancellationToken cancellation)
    {
        var file = File.OpenRead(path);
        await using (file.ConfigureAwait(false))
        {
            try
            {
                await PackageAsync(() => _minio.PutObjectAsync(new PutObjectArgs().WithBucket(bucket).WithObject(key).WithStreamData(file).WithObjectSize(file.Length), cancellation)).ConfigureAwait(false);
            }
            catch (Exception e) when (S3Errors.Read(e) is not null)
            {
                await AbortQuietlyAsync(bucket, key).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Objects whose key begins with a prefix, in the order of the server.</summary>
    public async Task<List<Item>> ListAsync(string bucket, string prefix, CancellationToken cancellation) =>
        await CollectAsync(_minio.ListObjectsEnumAsync(new ListObjectsArgs().WithBucket(bucket).WithPrefix(prefix).WithRecursive(true), cancellation)).ConfigureAwait(false);

    /// <summary>Keys of uploads in parts that never came to an end.</summary>
    public async Task<List<string>> ListUnfinishedAsync(string bucket, string prefix, CancellationToken cancellation) =>
        [.. (await CollectAsync(_minio.ListIncompleteUploadsEnumAsync(new ListIncompleteUploadsArgs().WithBucket(bucket).WithPrefix(prefix).WithRecursive(true), cancellation)).ConfigureAwait(false)).Select(u => u.Key)];

    /// <summary>Frees the parts of an upload that never came to an end.</summary>
    public Task AbortAsync(string bucket, string key, CancellationToken cancellation) =>
        PackageAsync(() => _minio.RemoveIncompleteUploadAsync(new RemoveIncompleteUploadArgs().WithBucket(bucket).WithObject(key), cancellation));

    /// <summary>Deletes an object; one that is not there counts as deleted.</summary>
    public Task DeleteAsync(string bucket, string key, CancellationToken cancellation) =>
        PackageAsync(() => _minio.RemoveObjectAsync(new RemoveObjectArgs().WithBucket(bucket).WithObject(key), cancellation));

    public void Dispose()
    {
        _minio.Dispose();
        _http.Dispose();
    }

    private async Task<HttpResponseMessage> GetAsync(string bucket, string key, RangeHeaderValue? range, string etag, CancellationToken cancellation)
    {
        var url = await _minio.PresignedGetObjectAsync(new PresignedGetObjectArgs().WithBucket(bucket).WithObject(key).WithExpiry(ExpirySeconds)).ConfigureAwait(false);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Range = range;
        if (etag.Length > 0) request.Headers.TryAddWithoutValidation("If-Match", $"\"{etag}\"");
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
    }

    private static string ETagOf(HttpResponseMessage response) => response.Headers.ETag?.Tag.Trim('"') ?? throw NotS3("an ETag");

    private static S3Exception NotS3(string missing) =>
        new(S3Cause.Refused, $"the server answered without {missing}; check that spec.storage.endpoint is an S3 server");

    /// <summary>The failure that led here is the one to report, so a second one is passed over.</summary>
    private async Task AbortQuietlyAsync(string bucket, string key)
    {
        try
        {
            await AbortAsync(bucket, key, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (S3Errors.Read(e) is not null)
        {
        }
    }

    private static async Task<List<T>> CollectAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await PackageAsync(async () =>
        {
            await foreach (var item in items.ConfigureAwait(false)) list.Add(item);
        }).ConfigureAwait(false);
        return list;
    }

    private static async Task PackageAsync(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (Exception e) when (S3Errors.Read(e) is null && S3Errors.IsConfusion(e))
        {
            throw new S3Exception(S3Cause.Passing, "the server's answer could not be understood; check that spec.storage.endpoint is an S3 server", e);
        }
    }
}
