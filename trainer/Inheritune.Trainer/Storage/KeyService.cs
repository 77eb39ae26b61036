using System.Globalization;
using System.Net;
using System.Xml;
using System.Xml.Linq;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// One question to a service that gives temporary keys. The Minio package has providers for both kinds of service, but they send no
/// authorization token, never renew before the end, and cannot tell a refusal, which ends a run, from an outage, which is waited for.
/// </summary>
internal static class KeyService
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Refusals that services themselves ask to be tried again.</summary>
    private static readonly HashSet<string> Passing =
        ["IDPCommunicationError", "Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown", "InternalError"];

    /// <summary>Sends a request and returns the body of the answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="sockets">Connections; closed afterwards, for the next question comes in an hour.</param>
    /// <param name="remedy">What a user can do about a refusal, naming the variables.</param>
    /// <param name="secret">What the service may quote and nobody may read.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <exception cref="S3Exception">Refused, or nobody answers.</exception>
    public static async Task<string> AskAsync(
        HttpRequestMessage request, SocketsHttpHandler sockets, string remedy, string secret, CancellationToken cancellation)
    {
        var service = request.RequestUri!.GetLeftPart(UriPartial.Path);
        using var http = new HttpClient(sockets) { Timeout = Limit, MaxResponseContentBufferSize = 1 << 20 };
        try
        {
            using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
            var body = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? body : throw Refused(service, response.StatusCode, body, remedy, secret);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new S3Exception(S3Cause.Passing, $"no credentials from {service}: no answer for {(int)Limit.TotalSeconds} s");
        }
        catch (HttpRequestException e) when (S3Errors.Read(e) is { } failure)
        {
            throw new S3Exception(failure.Cause, $"no credentials from {service}: {failure.Message}", e);
        }
    }

    /// <summary>What came instead of keys.</summary>
    public static S3Exception Senseless(Uri service, string what)
    {
        var address = service.GetLeftPart(UriPartial.Path);
        return new(S3Cause.Refused, $"no credentials from {address}: its answer {what}; check that a service for credentials is there");
    }

    /// <summary>When keys end, as all services write it.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static DateTimeOffset Time(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static S3Exception Refused(string service, HttpStatusCode status, string body, string remedy, string secret)
    {
        var (code, message) = Parse(body);
        var passes = (int)status is 408 or 429 or >= 500 || Passing.Contains(code);
        var said = $"{(int)status} {(code.Length > 0 ? code : status)}{(message.Length > 0 ? $": {message.TrimEnd('.')}" : "")}";
        if (secret.Length > 0) said = said.Replace(secret, "(redacted)", StringComparison.Ordinal);
        return new(passes ? S3Cause.Passing : S3Cause.Denied, $"no credentials from {service} ({said}){(passes ? "" : $"; {remedy}")}");
    }

    /// <summary>Code and message of an error, which is XML, JSON with the same two words, or a line of text.</summary>
    private static (string Code, string Message) Parse(string body)
    {
        try
        {
            var error = XDocument.Parse(body).Descendants().FirstOrDefault(element => element.Name.LocalName == "Error");
            string Of(string name) => error?.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value ?? "";
            return (Of("Code"), Of("Message"));
        }
        catch (XmlException)
        {
            var line = body.ReplaceLineEndings(" ").Trim();
            return ("", line.Length > 200 ? line[..200] : line);
        }
    }
}
