using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Inheritune.Api;

namespace Inheritune.Trainer.Status;

/// <summary>
/// Applies the trainer's part of one run's status as the pod's ServiceAccount. A plain HttpClient, because this one request is all that is asked of
/// an API server; KubernetesClient would bring every type of Kubernetes into the trainer's image for it.
/// </summary>
internal sealed class StatusWriter : IDisposable
{
    private const string FieldManager = "inheritune-trainer";

    private readonly KubernetesOptions _options;
    private readonly Uri _uri;
    private readonly HttpClient _client;

    public StatusWriter(KubernetesOptions options)
    {
        _options = options;
        _uri = new Uri(options.Server, $"/apis/{ApiGroup.ApiVersion}/namespaces/{options.Namespace}/{ApiGroup.Plural}/{options.Name}/status?fieldManager={FieldManager}&force=true");
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = new() { RemoteCertificateValidationCallback = IsTrusted } }) { Timeout = options.Timeout };
    }

    /// <returns>Null when the status is written.</returns>
    public async Task<StatusRefusal?> ApplyAsync(JsonObject status, CancellationToken stop)
    {
        try
        {
            var body = new JsonObject
            {
                ["apiVersion"] = ApiGroup.ApiVersion,
                ["kind"] = ApiGroup.Kind,
                ["metadata"] = new JsonObject { ["name"] = _options.Name },
                ["status"] = status,
            };
            using var request = new HttpRequestMessage(HttpMethod.Patch, _uri)
            {
                Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = { ContentType = new("application/apply-patch+yaml") } },
            };
            // Read each time: Kubernetes puts a new token there every hour.
            var token = await File.ReadAllTextAsync(Path.Combine(_options.ServiceAccount, "token"), stop).ConfigureAwait(false);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
            using var answer = await _client.SendAsync(request, stop).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? null : new($"{(int)answer.StatusCode} {answer.ReasonPhrase}{await SaidAsync(answer, stop).ConfigureAwait(false)}", RetryAfter(answer.Headers.RetryAfter));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            return new(e is OperationCanceledException ? "no answer in time" : e.GetBaseException().Message, TimeSpan.Zero);
        }
    }

    public void Dispose() => _client.Dispose();

    private static TimeSpan RetryAfter(RetryConditionHeaderValue? header) =>
        header?.Delta ?? (header?.Date is { } date && date > DateTimeOffset.UtcNow ? date - DateTimeOffset.UtcNow : TimeSpan.Zero);

    private static async Task<string> SaidAsync(HttpResponseMessage answer, CancellationToken stop)
    {
        try
        {
            return JsonNode.Parse(await answer.Content.ReadAsStringAsync(stop).ConfigureAwait(false)) is JsonObject status && status["message"] is JsonValue said ? $": {said}" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    /// <summary>Whether the server's certificate comes from the cluster's authority, which is read each time, because it may be replaced.</summary>
    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 server || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0) return false;
        try
        {
            using var trusted = new X509Chain();
            trusted.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            trusted.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            trusted.ChainPolicy.CustomTrustStore.ImportFromPemFile(Path.Combine(_options.ServiceAccount, "ca.crt"));
            if (chain is not null) trusted.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
            return trusted.Build(server);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return false;
        }
    }
}
