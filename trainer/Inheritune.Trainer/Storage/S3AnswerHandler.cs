using System.Net.Http.Headers;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// Turns every failed answer into an <see cref="S3Exception"/> before the Minio package sees it, which would take an error within a
/// success for a success and lose itself in an empty one. Also gives up on a server that does not answer.
/// </summary>
internal sealed class S3AnswerHandler(HttpMessageHandler inner, TimeSpan stall) : DelegatingHandler(inner)
{
    /// <summary>A body may take this long; slower counts as a stall.</summary>
    private const double SlowestBytesPerSecond = 256 << 10;

    private const int MaxErrorBytes = 64 << 10;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var limit = stall + TimeSpan.FromSeconds((request.Content?.Headers.ContentLength ?? 0) / SlowestBytesPerSecond);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            var response = await base.SendAsync(request, patience.Token).ConfigureAwait(false);
            TrainerMetrics.S3Sent.Inc(request.Content?.Headers.ContentLength ?? 0);
            if (response.IsSuccessStatusCode && !MayHoldError(request)) return response;

            var body = await ReadAsync(response.Content, patience.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode && !body.Contains("<Error>", StringComparison.Ordinal))
            {
                response.Content = new StringContent(body);
                return response;
            }

            using (response)
            {
                var failure = S3Errors.FromAnswer(response.StatusCode, body);
                throw new S3Exception(failure.Cause, failure.Message) { RetryAfter = Delay(response.Headers.RetryAfter) };
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Only the attempt to connect has a limit of its own.
            throw patience.IsCancellationRequested
                ? new S3Exception(S3Cause.Passing, FormattableString.Invariant($"no answer for {limit.TotalSeconds:0.#} s"))
                : new S3Exception(S3Cause.Passing, FormattableString.Invariant($"cannot connect: no answer for {S3Client.ConnectTimeout.TotalSeconds:0.#} s")) { IsUnreachable = true };
        }
    }

    /// <summary>CompleteMultipartUpload sends its status before it knows how things end.</summary>
    private static bool MayHoldError(HttpRequestMessage request) =>
        request.Method == HttpMethod.Post && request.RequestUri!.Query.Contains("uploadId", StringComparison.Ordinal);

    private static async Task<string> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        var buffer = new byte[MaxErrorBytes];
        using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, length);
    }

    private static TimeSpan Delay(RetryConditionHeaderValue? header)
    {
        var delay = header?.Delta ?? header?.Date - DateTimeOffset.UtcNow ?? TimeSpan.Zero;
        return delay > TimeSpan.Zero ? delay : TimeSpan.Zero;
    }
}
