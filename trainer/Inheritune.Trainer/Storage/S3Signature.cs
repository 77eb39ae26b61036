using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Inheritune.Trainer.Storage;

/// <summary>AWS Signature Version 4 in the Authorization header, which every S3 server understands.</summary>
internal static class S3Signature
{
    public const string ContentHeader = "x-amz-content-sha256";

    /// <summary>SHA-256 of a request without a body.</summary>
    public const string EmptyContent = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string DateHeader = "x-amz-date";
    private const string TokenHeader = "x-amz-security-token";

    /// <summary>Signs method, URL, host, date, token and the digest of the body, which is taken from <see cref="ContentHeader"/>.</summary>
    public static void Sign(HttpRequestMessage request, S3Keys keys, string region, DateTimeOffset now)
    {
        var (uri, time) = (request.RequestUri!, now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        var content = request.Headers.TryGetValues(ContentHeader, out var given) ? given.Single() : EmptyContent;
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = uri.IsDefaultPort ? uri.Host : uri.Authority, [ContentHeader] = content, [DateHeader] = time };
        if (keys.SessionToken.Length > 0) signed[TokenHeader] = keys.SessionToken;
        foreach (var (name, value) in signed)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var names = string.Join(';', signed.Keys);
        var canonical = string.Join('\n', request.Method.Method, Path(uri), Query(uri), string.Concat(signed.Select(header => $"{header.Key}:{header.Value}\n")), names, content);
        var scope = $"{time[..8]}/{region}/s3/aws4_request";
        var text = string.Join('\n', Algorithm, time, scope, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))));
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes($"AWS4{keys.SecretKey}"), Hmac);
        request.Headers.Remove("Authorization");
        request.Headers.TryAddWithoutValidation("Authorization", $"{Algorithm} Credential={keys.AccessKey}/{scope}, SignedHeaders={names}, Signature={Convert.ToHexStringLower(Hmac(key, text))}");
    }

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Path(Uri uri) => string.Join('/', uri.AbsolutePath.Split('/').Select(Encode));

    private static string Query(Uri uri) => string.Join('&', uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2)).Select(pair => $"{Encode(pair[0])}={Encode(pair.ElementAtOrDefault(1) ?? "")}").Order(StringComparer.Ordinal));

    /// <summary>The one spelling that is signed, whatever was escaped in the URL.</summary>
    private static string Encode(string part) => Uri.EscapeDataString(Uri.UnescapeDataString(part));
}
