using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Storage;

/// <summary>The body of an answer, read with a limit on how long nothing may come.</summary>
internal sealed class S3Body(HttpResponseMessage response, Stream stream, TimeSpan stall) : IDisposable
{
    /// <summary>Reads what is there; never nothing, because bodies are asked for up to a byte that exists.</summary>
    public async Task<int> ReadAsync(Memory<byte> destination, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(stall);
        try
        {
            var read = await stream.ReadAsync(destination, patience.Token).ConfigureAwait(false);
            TrainerMetrics.S3Received.Inc(read);
            return read > 0 ? read : throw new S3Exception(S3Cause.Passing, "the transfer ended early");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new S3Exception(S3Cause.Passing, FormattableString.Invariant($"no data for {stall.TotalSeconds:0.#} s"));
        }
    }

    public void Dispose()
    {
        stream.Dispose();
        response.Dispose();
    }
}
