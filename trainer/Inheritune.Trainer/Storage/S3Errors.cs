using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml;
using System.Xml.Linq;
using Minio.Exceptions;

namespace Inheritune.Trainer.Storage;

/// <summary>Makes sense of failures: of the server's answers, of the network's and of the Minio package's.</summary>
internal static class S3Errors
{
    private static readonly HashSet<string> Passing =
    [
        "SlowDown", "RequestTimeout", "ConditionalRequestConflict", "InternalError", "ServiceUnavailable", "OperationAborted", "BadDigest", "IncompleteBody",
        "XAmzContentSHA256Mismatch", "XMinioServerNotInitialized", "TooManyRequests",
    ];

    private static readonly HashSet<string> Full = ["QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"];

    private static readonly Dictionary<string, string> Denials = new(StringComparer.Ordinal)
    {
        ["RequestTimeTooSkewed"] = "the clocks of this machine and of the server differ too much; set this machine's clock",
        ["ExpiredToken"] = "the credentials have expired; get new ones",
        ["InvalidToken"] = "the session token is not valid; get new credentials",
        ["InvalidTokenId"] = "the session token is not valid; get new credentials",
        ["InvalidAccessKeyId"] = "the server does not know the access key; check the credentials and the endpoint",
        ["SignatureDoesNotMatch"] = "the secret key does not belong to the access key, or the region is wrong; check the credentials and spec.storage.region",
        ["AuthorizationHeaderMalformed"] = "the region is wrong; check spec.storage.region",
        ["AuthorizationQueryParametersError"] = "the region is wrong; check spec.storage.region",
    };

    /// <summary>The failure that an answer with an error status, or with an error document in its body, describes.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="body">The body's beginning; may be empty or anything but XML.</param>
    public static S3Exception FromAnswer(HttpStatusCode status, string body)
    {
        var error = Parse(body);
        var code = error?.Element("Code")?.Value ?? "";
        var message = error?.Element("Message")?.Value ?? "";
        var said = $"{(int)status} {(code.Length > 0 ? code : status)}{(message.Length > 0 ? $": {message.TrimEnd('.')}" : "")}";
        if (code == "NoSuchBucket") return new(S3Cause.NoBucket, "no such bucket; check the URI and the endpoint");
        if (Denials.TryGetValue(code, out var remedy)) return new(S3Cause.Denied, $"access denied ({said}): {remedy}");
        if (Full.Contains(code) || (int)status == 507) return new(S3Cause.Full, $"the store is full ({said}); free space or raise the quota and run the same command again");
        if (Passing.Contains(code)) return new(S3Cause.Passing, said);
        return (int)status switch
        {
            404 => new(S3Cause.NoObject, "no such object; check the URI"),
            401 or 403 => new(S3Cause.Denied, $"access denied ({said}): check what the credentials may do with this bucket and prefix; a missing object reads the same to one who may not list the bucket"),
            412 => new(S3Cause.Changed, "changed while it was being read; run the same command again when nothing writes there"),
            416 => new(S3Cause.OutOfRange, said),
            // An error document in a success is how CompleteMultipartUpload reports a failure after a long wait.
            408 or 429 or >= 500 or < 300 => new(S3Cause.Passing, said),
            >= 300 and < 400 => new(S3Cause.Refused, $"the server points elsewhere ({said}); check spec.storage.endpoint and spec.storage.region"),
            _ => new(S3Cause.Refused, $"the server refused the request ({said}); check spec.storage.endpoint"),
        };
    }

    /// <summary>The failure behind an exception, or null when it is a fault of this program or a cancellation.</summary>
    public static S3Exception? Read(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
            if (e is S3Exception known) return known;

        return exception switch
        {
            HttpRequestException { InnerException: AuthenticationException tls } => new(
                S3Cause.Passing, $"the TLS handshake failed: {tls.GetBaseException().Message.TrimEnd('.')}; check that spec.storage.endpoint is really https", tls),
            HttpRequestException { InnerException: SocketException socket } => new(S3Cause.Passing, $"cannot connect: {socket.Message.TrimEnd('.')}", exception) { IsUnreachable = true },
            HttpRequestException or IOException => new(S3Cause.Passing, $"the connection broke: {exception.GetBaseException().Message.TrimEnd('.')}", exception),
            // Refusals never reach the package: it can only have lost its way in an answer that broke off.
            MinioException or AuthorizationException => new(S3Cause.Passing, $"the answer could not be read: {exception.GetBaseException().Message.TrimEnd('.')}", exception),
            _ => null,
        };
    }

    /// <summary>Whether an exception is the Minio package's way to say that it could not make sense of an answer: empty, cut off or not XML.</summary>
    public static bool IsConfusion(Exception exception) =>
        exception is NullReferenceException or InvalidOperationException or ArgumentNullException or XmlException or MalFormedXMLException;

    /// <summary>The exit code of a failure that further tries cannot mend, or have not mended.</summary>
    public static ExitCode CodeOf(S3Cause cause) => cause switch
    {
        S3Cause.Passing or S3Cause.Full => ExitCode.StorageUnavailable,
        S3Cause.Denied => ExitCode.StorageDenied,
        _ => ExitCode.InvalidInput,
    };

    private static XElement? Parse(string body)
    {
        try
        {
            return body.Contains("<Error>", StringComparison.Ordinal) ? XDocument.Parse(body).Root : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
