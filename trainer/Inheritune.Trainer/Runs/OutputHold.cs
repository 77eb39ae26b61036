using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Runs;

/// <summary>
/// Keeps an output for this process: says once a minute in the marker that it lives, notices when another process has taken the output, and
/// gives it back at the end.
/// </summary>
/// <param name="marker">The marker.</param>
/// <param name="store">The output, through requests that are soon given up: a heartbeat that comes late is none.</param>
/// <param name="time">By which hearts beat.</param>
/// <param name="status">Hears of heartbeats that are lost.</param>
internal sealed class OutputHold(RunMarkerFile marker, IObjectStore store, TimeProvider time, IRunStatus status) : IDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private ITimer? _timer;
    private int _beating;

    /// <summary>Cancelled when the output is another's.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>What there is to say then; null as long as the output is this process's.</summary>
    public RunException? Loss { get; private set; }

    /// <summary>Begins, once the marker names this process.</summary>
    public void Begin()
    {
        Ownership.Hold(marker.Value.Writer!);
        _timer = time.CreateTimer(_ => Beat(), null, Ownership.Beat, Ownership.Beat);
    }

    /// <summary>Throws where the loss is known, without asking for it.</summary>
    public void ThrowIfLost()
    {
        if (Loss is { } loss) throw loss;
    }

    /// <summary>Asks, and throws when the run has passed to another process.</summary>
    public void Verify()
    {
        ThrowIfLost();
        if (!marker.IsCurrent()) throw marker.TakenOver();
    }

    public void Dispose()
    {
        if (_timer is { } timer)
        {
            timer.DisposeAsync().AsTask().GetAwaiter().GetResult();
            if (Loss is null && marker.Value.Owner is not null) Try(() => marker.TryUpdate(last => last with { Owner = null }, store));
            Ownership.Release(marker.Value.Writer!);
        }

        _lost.Dispose();
    }

    private void Beat()
    {
        // The one before may still wait for the store.
        if (Interlocked.Exchange(ref _beating, 1) == 1) return;
        Try(() =>
        {
            if (Loss is not null || marker.TryUpdate(last => last, store)) return;
            Loss = marker.TakenOver();
            _lost.Cancel();
        });
        Volatile.Write(ref _beating, 0);
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (RunException e)
        {
            var minutes = (int)Ownership.Fresh.TotalMinutes;
            status.Warn($"{RunMarkerFile.Key} does not say that this run lives: {e.Message}; after {minutes} minutes others may have it");
        }
    }
}
