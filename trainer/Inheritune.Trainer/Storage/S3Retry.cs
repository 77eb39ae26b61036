using System.Diagnostics;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Storage;

/// <summary>
/// Tries again what failed for a passing reason: with exponential pauses, jittered so that many runs do not come back at once,
/// and not before the server wants to be asked. Says so, and gives up when nothing has come for as long as patience allows.
/// </summary>
/// <param name="options">Patience and keys.</param>
/// <param name="status">Hears what is tried again.</param>
/// <param name="stop">Ends every attempt; where <paramref name="saves"/>, it only shortens the patience.</param>
/// <param name="saves">Whether the work must still be done after a stop.</param>
internal sealed class S3Retry(S3Options options, IRunStatus status, CancellationToken stop, bool saves = false)
{
    /// <summary>What is left of the patience after a stop: the process will be killed before long.</summary>
    private static readonly TimeSpan PatienceAfterStop = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>Parallel parts of one transfer fail together; one line about it is enough.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    /// <summary>What passes in less holds nobody up.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private const long WorthABeat = 1 << 20;

    private long _spoken;

    /// <summary>The server has answered, or taken a connection at least.</summary>
    private volatile bool _isReached;

    /// <summary>Runs <paramref name="attempt"/> until it succeeds.</summary>
    /// <param name="name">The object, for messages.</param>
    /// <param name="attempt">One try; goes on where the last one ended, if it can.</param>
    /// <param name="progress">Bytes that arrived so far; patience begins anew when it grows.</param>
    /// <param name="cancellation">Ends this call alone.</param>
    /// <exception cref="RunException">The failure lasts, or does not pass.</exception>
    public async Task<T> RunAsync<T>(string name, Func<CancellationToken, Task<T>> attempt, Func<long>? progress = null, CancellationToken cancellation = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(saves ? CancellationToken.None : stop, cancellation);
        var (failures, reached, since, first, begun) = (0, 0L, 0L, default(DateTime), Stopwatch.GetTimestamp());
        IDisposable? wait = null;
        try
        {
            while (true)
            {
                S3Exception failure;
                S3Keys? keys = null;
                try
                {
                    keys = await options.Credentials.GetAsync(either.Token).ConfigureAwait(false);
                    var result = await attempt(either.Token).ConfigureAwait(false);
                    _isReached = true;
                    return result;
                }
                catch (Exception e) when (S3Errors.Read(e) is { } read)
                {
                    failure = read;
                }

                _isReached |= !failure.IsUnreachable;
                var isDenied = failure.Cause == S3Cause.Denied && keys is not null;
                if (isDenied && await options.Credentials.RenewedAsync(keys!, either.Token).ConfigureAwait(false)) continue;
                if (failure.Cause != S3Cause.Passing) throw Final(name, failure, "");
                var now = progress?.Invoke() ?? 0;
                if (now > reached) begun = Stopwatch.GetTimestamp();
                if (failures++ == 0 || now > reached) (failures, reached, since, first) = (1, now, Stopwatch.GetTimestamp(), DateTime.UtcNow);

                var pause = Pause(failures, failure.RetryAfter);
                var (patience, remedy) = Patience;
                var left = patience - Stopwatch.GetElapsedTime(since);
                if (pause > left) throw Final(name, failure, FormattableString.Invariant($"; no success within {patience.TotalSeconds:0} s{remedy}"));
                TrainerMetrics.S3Retries.Inc();
                var why = options.Credentials.Redact(failure.Message);
                Say(FormattableString.Invariant($"{name}: {why}; trying again in {pause.TotalSeconds:0.0} s, for up to {left.TotalSeconds:0} s more"));
                status.Beat();
                if (Stopwatch.GetElapsedTime(begun) >= Moment) wait = Instead(wait, FormattableString.Invariant($"{options.Endpoint.Authority}: {why}; tried again until {first + patience:HH:mm:ss}Z"));
                await Task.Delay(pause, either.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            wait?.Dispose();
        }
    }

    /// <summary>Takes note of bytes that have arrived, here or there. Few are no sign that a run gets on: its marker is looked at whatever becomes of the rest.</summary>
    public void Moved(long bytes)
    {
        if (bytes >= WorthABeat) status.Beat();
    }

    /// <summary>How long nothing may have come, and what helps then.</summary>
    private (TimeSpan Time, string Remedy) Patience =>
        stop.IsCancellationRequested && PatienceAfterStop < options.Patience
            ? (PatienceAfterStop, " after the stop; run the same command again when the store answers")
        : !_isReached && options.FirstPatience is { } first && first < options.Patience
            ? (first, $", nor ever: check spec.storage.endpoint ('{options.Endpoint}')")
        : (options.Patience, " (spec.storage.retrySeconds); run the same command again when the store answers");

    /// <summary>The new words before the old ones go, so that nobody takes the trouble for over.</summary>
    private IDisposable? Instead(IDisposable? before, string what)
    {
        var now = status.Wait(what);
        before?.Dispose();
        return now;
    }

    /// <summary>A failure as the user sees it. The inner exception stays out: its text is not ours to vouch for.</summary>
    private RunException Final(string name, S3Exception failure, string more) =>
        new(S3Errors.CodeOf(failure.Cause), $"{name}: {options.Credentials.Redact(failure.Message)}{more}") { MayPass = failure.Cause is S3Cause.Passing or S3Cause.Changed };

    private static TimeSpan Pause(int failures, TimeSpan wanted)
    {
        var longest = Math.Min(LongestPause.TotalSeconds, FirstPause.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 20)));
        // Moments of requests decide nothing about a result, so this randomness needs no seed.
        return wanted + TimeSpan.FromSeconds(longest * (0.5 + 0.5 * Random.Shared.NextDouble()));
    }

    private void Say(string message)
    {
        var (now, last) = (Stopwatch.GetTimestamp(), Interlocked.Read(ref _spoken));
        if (last != 0 && Stopwatch.GetElapsedTime(last, now) < Silence) return;
        if (Interlocked.CompareExchange(ref _spoken, now, last) == last) status.Warn(message);
    }
}
