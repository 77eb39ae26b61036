using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Inheritune.Trainer.Status;
using Minio;
using Minio.DataModel;
using Minio.DataModel.Args;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// Single requests to an object store, without retries. The Minio package lists and deletes; downloads and uploads are requests of
/// our own, because the package's download takes three requests that are not tied to one version and fails on ranges, and its upload
/// buffers, cannot be conditional and cannot be checked. <see cref="S3RequestHandler"/> signs both.
/// </summary>
internal sealed class S3Client : IDisposable
{
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly IMinioClient _minio;

    /// <param name="options">How the store is reached.</param>
    /// <param name="status">Hears of requests that are tried again.</param>
    /// <param name="stop">Ends every request in progress, or for a client that saves, makes it less patient.</param>
    /// <param name="saves">Whether what is written must still be written after a stop.</param>
    public S3Client(S3Options options, IRunStatus status, CancellationToken stop, bool saves = false)
    {
        Options = options;
        Retry = new S3Retry(options, status, stop, saves);
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            SslOptions = S3Tls.Options(options.Authorities),
        };
        _http = new HttpClient(new S3AnswerHandler(new S3RequestHandler(sockets, options), options.Stall)) { Timeout = Timeout.InfiniteTimeSpan };
        // The handler knows endpoint and keys; the package refuses to work without any.
        _minio = new MinioClient().WithEndpoint(S3RequestHandler.Placeholder).WithRegion(options.Region).WithCredentials("unused", "unused").WithHttpClient(_http, false).Build();
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

    /// <summary>Uploads an object in one request, which the server checks against its SHA-256; returns the ETag.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="key">The object.</param>
    /// <param name="content">All of it.</param>
    /// <param name="condition">ETag that the object must still have, "" for none yet, null for no condition.</param>
    /// <param name="cancellation">Ends the request.</param>
    public async Task<string> PutAsync(string bucket, string key, ReadOnlyMemory<byte> content, string? condition, CancellationToken cancellation)
    {
        using var request = Upload(bucket, key, "", content);
        // Unquoted: Ceph takes nothing else, AWS and MinIO take both.
        if (condition is not null) request.Headers.TryAddWithoutValidation(condition.Length > 0 ? "If-Match" : "If-None-Match", condition.Length > 0 ? condition : "*");
        using var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
        return ETagOf(response);
    }

    /// <summary>Begins an upload in parts and returns its id.</summary>
    public async Task<string> BeginPartsAsync(string bucket, string key, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(bucket, key, "uploads="));
        return ValueIn(await ReadAsync(request, cancellation).ConfigureAwait(false), "UploadId") ?? throw NotS3("an UploadId");
    }

    /// <summary>Uploads one part, counted from 1, which the server checks against its SHA-256; returns its ETag.</summary>
    public async Task<string> PutPartAsync(string bucket, string key, string upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using var request = Upload(bucket, key, FormattableString.Invariant($"partNumber={number}&uploadId={Uri.EscapeDataString(upload)}"), content);
        using var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
        return ETagOf(response);
    }

    /// <summary>Makes an object of the parts.</summary>
    public async Task CompletePartsAsync(string bucket, string key, string upload, IEnumerable<string> etags, CancellationToken cancellation)
    {
        var parts = etags.Select((etag, i) => new XElement("Part", new XElement("PartNumber", i + 1), new XElement("ETag", $"\"{etag}\"")));
        var body = Encoding.UTF8.GetBytes(new XElement("CompleteMultipartUpload", parts).ToString(SaveOptions.DisableFormatting));
        using var request = Upload(bucket, key, $"uploadId={Uri.EscapeDataString(upload)}", body, HttpMethod.Post);
        await ReadAsync(request, cancellation).ConfigureAwait(false);
    }

    /// <summary>Frees the parts of an upload that will not be completed.</summary>
    public async Task AbortPartsAsync(string bucket, string key, string upload, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, Address(bucket, key, $"uploadId={Uri.EscapeDataString(upload)}"));
        await ReadAsync(request, cancellation).ConfigureAwait(false);
    }

    /// <summary>Objects whose key begins with a prefix, in the order of the server.</summary>
    public async Task<List<Item>> ListAsync(string bucket, string prefix, CancellationToken cancellation) =>
        await CollectAsync(_minio.ListObjectsEnumAsync(new ListObjectsArgs().WithBucket(bucket).WithPrefix(prefix).WithRecursive(true), cancellation)).ConfigureAwait(false);

    /// <summary>Uploads in parts that never came to an end.</summary>
    public async Task<List<Upload>> ListUnfinishedAsync(string bucket, string prefix, CancellationToken cancellation) =>
        await CollectAsync(_minio.ListIncompleteUploadsEnumAsync(new ListIncompleteUploadsArgs().WithBucket(bucket).WithPrefix(prefix).WithRecursive(true), cancellation)).ConfigureAwait(false);

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
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(bucket, key));
        request.Headers.Range = range;
        if (etag.Length > 0) request.Headers.TryAddWithoutValidation("If-Match", $"\"{etag}\"");
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
    }

    private static HttpRequestMessage Upload(string bucket, string key, string query, ReadOnlyMemory<byte> content, HttpMethod? method = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Put, Address(bucket, key, query)) { Content = new ReadOnlyMemoryContent(content) };
        request.Headers.TryAddWithoutValidation(S3Signature.ContentHeader, Convert.ToHexStringLower(SHA256.HashData(content.Span)));
        return request;
    }

    private async Task<string> ReadAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
        return await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
    }

    private static Uri Address(string bucket, string key, string query = "") =>
        new($"http://{S3RequestHandler.Placeholder}/{bucket}/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}{(query.Length > 0 ? "?" : "")}{query}");

    private static string? ValueIn(string xml, string element)
    {
        try
        {
            return XDocument.Parse(xml).Descendants().FirstOrDefault(e => e.Name.LocalName == element)?.Value;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static string ETagOf(HttpResponseMessage response) => response.Headers.ETag?.Tag.Trim('"') ?? throw NotS3("an ETag");

    private static S3Exception NotS3(string missing) =>
        new(S3Cause.Refused, $"the server answered without {missing}; check that spec.storage.endpoint is an S3 server");

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
