using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>
/// A request to the API server failed: it was refused, its watch ended with an error, or nothing came back. The message names the
/// request, what the server said and, where the reader can do something about it, the remedy.
/// </summary>
internal sealed class ApiException(string message, HttpStatusCode? status = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Null when no answer came; then nobody knows whether a write was done.</summary>
    public HttpStatusCode? Status { get; } = status;

    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan RetryAfter { get; private init; }

    /// <summary>Another try may succeed without anyone's doing.</summary>
    public bool IsTransient => Status is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    /// <summary>The version or page asked for has been compacted away.</summary>
    public bool IsExpired => Status == HttpStatusCode.Gone;

    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    /// <summary>Not the object is missing, but its kind.</summary>
    public bool IsNotServed { get; private init; }

    /// <summary>The object breaks a rule of its schema; the message says which.</summary>
    public bool IsInvalid => Status == HttpStatusCode.UnprocessableEntity;

    /// <summary>The object exists already, has changed meanwhile, or its field belongs to another manager.</summary>
    public bool IsConflict => Status == HttpStatusCode.Conflict;

    /// <summary>An answer with an error status.</summary>
    public static ApiException FromAnswer(ApiRequest request, HttpOperationException error)
    {
        var wait = error.Response.Headers.TryGetValue("Retry-After", out var values) && int.TryParse(values.FirstOrDefault(), CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;
        return From(request, error.Response.StatusCode, Parse(error.Response.Content), wait);
    }

    /// <summary>The error with which a watch ends in the middle of a stream that began well.</summary>
    public static ApiException FromStatus(ApiRequest request, V1Status status) => From(request, (HttpStatusCode)(status.Code ?? 500), status, 0);

    /// <summary>No answer, or half of one.</summary>
    public static ApiException NoAnswer(ApiRequest request, Exception error)
    {
        var said = error switch
        {
            HttpRequestException { InnerException: AuthenticationException tls } =>
                $"the API server's certificate was not accepted ({tls.Message.TrimEnd('.')}); check the certificate-authority of the kubeconfig or of the ServiceAccount",
            // Only the outermost of these names the address.
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } or TimeoutException => error.Message,
            _ => error.GetBaseException().Message,
        };
        return new($"Cannot {request}: {said.TrimEnd('.')}", inner: error);
    }

    private static ApiException From(ApiRequest request, HttpStatusCode code, V1Status? status, int wait)
    {
        var said = $"{(int)code} {(status?.Reason is { Length: > 0 } reason ? reason : code)}{(status?.Message is { Length: > 0 } message ? $": {message}" : "")}";
        // A server that has the kind but not the object answers with a Status.
        var notServed = code == HttpStatusCode.NotFound && status is null;
        var remedy = code switch
        {
            HttpStatusCode.Unauthorized => "; the credentials are not valid or have expired: check the ServiceAccount token of the pod, or the user of the kubeconfig",
            // Quotas and admission forbid too, in words of their own.
            HttpStatusCode.Forbidden when said.Contains("cannot", StringComparison.Ordinal) => $"; grant it in the Role or ClusterRole of that user and check with: {request.Check} --as USER",
            _ when notServed => $"; the API server does not serve {request.Kind.FullName} {request.Kind.Version}: install its CustomResourceDefinition",
            _ => "",
        };
        return new($"Cannot {request}: {said}{remedy}", code)
        {
            RetryAfter = TimeSpan.FromSeconds(Math.Max(wait, status?.Details?.RetryAfterSeconds ?? 0)),
            IsNotServed = notServed,
        };
    }

    private static V1Status? Parse(string? body)
    {
        try
        {
            return KubernetesJson.Deserialize<V1Status>(body ?? "") is { Kind: "Status" } status ? status : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
