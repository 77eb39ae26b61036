namespace Inheritune.Trainer.Storage;

/// <summary>The body of an answer, read with a limit on how long nothing may come.</summary>
internal sealed class S3Body(HttpResponseMessage response, Stream stream, TimeSpan stall, CancellationToken cancellation) : IDisposable
{
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

    /// <summary>Reads what is there; 0 at the end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> destination)
    {
        _patience.CancelAfter(stall);
        try
        {
            return await stream.ReadAsync(destination, _patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new S3Exception(S3Cause.Passing, FormattableString.Invariant($"no data for {stall.TotalSeconds:0.#} s"));
        }
    }

    public void Dispose()
    {
        _patience.Dispose();
        stream.Dispose();
        response.Dispose();
    }
}
