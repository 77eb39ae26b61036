using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Inheritune.Operator.Runtime;

/// <summary>
/// Lets one process of several lead, by a Lease. Never two at once: a leader counts its term from before the request that
/// renewed it and ends it after RenewDeadline; others count from after they saw that renewal and wait longer: LeaseDuration less Takeover.
/// Both on clocks that only run forward, so the clocks of the machines need not agree.
/// </summary>
internal sealed partial class LeaderElector(ApiClient client, LeaderElectionOptions options, TimeProvider time, ILogger<LeaderElector> logger)
{
    /// <summary>The lease as we last wrote it; null when it may have changed since.</summary>
    private V1Lease? _ours;

    /// <summary>The lease of another as we last saw it, and when we first saw it so.</summary>
    private V1Lease? _theirs;
    private long _seen;

    /// <summary>When we asked for the last renewal that was granted.</summary>
    private long _renewed;

    private TimeSpan TermLeft => options.RenewDeadline - time.GetElapsedTime(_renewed) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>Waits to lead, then leads until <paramref name="lead"/> ends or leadership is lost.</summary>
    /// <param name="lead">Stops when cancelled, which happens when leadership is lost or <paramref name="stop"/> asks for it.</param>
    /// <param name="stop">Ends the waiting or the leading; the lease is then given back.</param>
    /// <returns>False when leadership was lost. If the work has not ended by the time that another may lead, it is still running, and the process has to end.</returns>
    public async Task<bool> RunAsync(Func<CancellationToken, Task> lead, CancellationToken stop)
    {
        if (options.RenewDeadline >= options.LeaseDuration) throw new InvalidOperationException("RenewDeadline has to be shorter than LeaseDuration, or two could lead at once.");
        while (!await AttemptAsync(stop)) await StandByAsync(stop);

        using var lost = new CancellationTokenSource(TermLeft, time);
        using var term = CancellationTokenSource.CreateLinkedTokenSource(stop, lost.Token);
        using var ended = new CancellationTokenSource();
        var status = RuntimeMetrics.Leader.WithLabels(options.Lease.Name);
        LogLeading(options.Identity, options.Lease);
        status.Set(1);
        // Goes on while the work comes to an orderly end.
        var renewing = RenewAsync(lost, ended.Token);
        var work = lead(term.Token);
        try
        {
            await Task.WhenAny(work, renewing);
            if (lost.IsCancellationRequested) await work.WaitAsync(options.LeaseDuration - options.Takeover - options.RenewDeadline, time, CancellationToken.None);
            else await work;
        }
        catch (OperationCanceledException) when (term.IsCancellationRequested)
        {
        }
        catch (TimeoutException) when (lost.IsCancellationRequested)
        {
            LogStuck();
        }
        finally
        {
            status.Set(0);
            await ended.CancelAsync();
            await renewing;
            if (lost.IsCancellationRequested) LogLost(options.Lease);
            else await ReleaseAsync();
        }

        return !lost.IsCancellationRequested;
    }

    /// <summary>Renews until told that the work has ended, or until leadership is lost.</summary>
    private async Task RenewAsync(CancellationTokenSource lost, CancellationToken ended)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ended, lost.Token);
        try
        {
            while (!lost.IsCancellationRequested)
            {
                await Task.Delay(Pause(), time, either.Token);
                if (await AttemptAsync(ended)) lost.CancelAfter(TermLeft);
                else if (_theirs is not null) await lost.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested || lost.IsCancellationRequested)
        {
        }
    }

    /// <summary>One try to take or renew the lease. What fails here may succeed at the next.</summary>
    private async Task<bool> AttemptAsync(CancellationToken stop)
    {
        // A request that hangs must leave time for another on a new connection.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(options.RenewDeadline / 2);
        try
        {
            return await TakeAsync(limit.Token);
        }
        catch (ApiException e)
        {
            _ours = null;
            LogFailed(e.IsConflict ? LogLevel.Debug : LogLevel.Warning, e.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            _ours = null;
            LogFailed(LogLevel.Warning, "The API server did not answer in time");
        }

        return false;
    }

    private async Task<bool> TakeAsync(CancellationToken stop)
    {
        var lease = _ours ?? await GetAsync(stop);
        if (!IsFree(lease)) return false;

        var spec = new V1LeaseSpec
        {
            HolderIdentity = options.Identity,
            LeaseDurationSeconds = (int)Math.Ceiling(options.LeaseDuration.TotalSeconds),
            RenewTime = MicroTime.Now(time),
        };
        var same = lease?.Spec?.HolderIdentity == options.Identity;
        spec.AcquireTime = same ? lease!.Spec.AcquireTime : spec.RenewTime;
        spec.LeaseTransitions = (lease?.Spec?.LeaseTransitions ?? 0) + (same || lease is null ? 0 : 1);

        var began = time.GetTimestamp();
        _ours = lease is null
            ? await client.CreateAsync(new V1Lease { Metadata = new() { Name = options.Lease.Name, NamespaceProperty = options.Lease.Namespace }, Spec = spec }, stop)
            : await client.UpdateAsync(new V1Lease { Metadata = lease.Metadata, Spec = spec }, stop);
        (_renewed, _theirs) = (began, null);
        return true;
    }

    private async Task<V1Lease?> GetAsync(CancellationToken stop)
    {
        try
        {
            return await client.GetAsync<V1Lease>(options.Lease, stop);
        }
        catch (ApiException e) when (e.IsNotFound && !e.IsNotServed)
        {
            return null;
        }
    }

    /// <summary>Whether the lease is ours, nobody's, or of one who has not renewed it for as long as it says.</summary>
    private bool IsFree(V1Lease? lease)
    {
        if (lease?.Spec?.HolderIdentity == options.Identity) return true;
        if (lease is not null && string.IsNullOrEmpty(lease.Spec?.HolderIdentity)) return true;
        if (lease is not null && lease.ResourceVersion() != _theirs?.ResourceVersion()) (_theirs, _seen) = (lease, time.GetTimestamp());
        // One who deletes a lease does not end its holder's term.
        return _theirs is null || WaitLeft(_theirs) <= TimeSpan.Zero;
    }

    /// <summary>Until the lease of another may be taken, if it does not change before.</summary>
    private TimeSpan WaitLeft(V1Lease lease) =>
        TimeSpan.FromSeconds(lease.Spec.LeaseDurationSeconds ?? options.LeaseDuration.TotalSeconds) - options.Takeover - time.GetElapsedTime(_seen);

    /// <summary>Lets another lead at once. To be called when nothing acts any more.</summary>
    private async Task ReleaseAsync()
    {
        if (_ours is null) return;
        using var limit = new CancellationTokenSource(options.RenewDeadline / 2);
        try
        {
            (_ours.Spec.HolderIdentity, _ours.Spec.RenewTime, _ours.Spec.LeaseDurationSeconds) = ("", MicroTime.Now(time), 1);
            await client.UpdateAsync(_ours, limit.Token);
            LogReleased(options.Lease);
        }
        catch (Exception e) when (e is ApiException or OperationCanceledException)
        {
            LogNotReleased(options.Lease, e.Message);
        }

        _ours = null;
    }

    /// <summary>
    /// Waits until the lease of another changes or may be taken. Who sees a renewal as soon as it is made, and not only at his next
    /// look, starts the shortest time after the last one that the lease allows.
    /// </summary>
    private async Task StandByAsync(CancellationToken stop)
    {
        var pause = Pause();
        if (_theirs is not null && WaitLeft(_theirs) is { Ticks: > 0 } left)
        {
            using var due = new CancellationTokenSource(left, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, due.Token);
            try
            {
                await foreach (var change in client.WatchAsync<V1Lease>(options.Lease.Namespace, "", _theirs.ResourceVersion(), (int)Math.Ceiling(left.TotalSeconds), left, either.Token))
                    if (change.Type != WatchEventType.Bookmark && change.Object.GetProperty("metadata").GetProperty("name").GetString() == options.Lease.Name) return;
            }
            catch (OperationCanceledException) when (due.IsCancellationRequested && !stop.IsCancellationRequested)
            {
                return;
            }
            catch (ApiException e)
            {
                LogFailed(LogLevel.Debug, e.Message);
            }

            // A watch may end by itself just when the wait does: a pause beyond that would cost the new leader a whole RetryPeriod.
            var rest = WaitLeft(_theirs);
            if (rest < pause) pause = rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        }

        await Task.Delay(pause, time, stop);
    }

    /// <summary>Candidates that look at different moments collide less.</summary>
    private TimeSpan Pause() => options.RetryPeriod * (1 + 0.2 * Random.Shared.NextDouble());

    [LoggerMessage(LogLevel.Information, "{Identity} leads by Lease {Lease}")]
    private partial void LogLeading(string identity, NamespacedName lease);

    [LoggerMessage(LogLevel.Error, "Lost Lease {Lease}; stopping, so that no two lead")]
    private partial void LogLost(NamespacedName lease);

    [LoggerMessage(LogLevel.Critical, "Work went on after leadership was lost")]
    private partial void LogStuck();

    [LoggerMessage(LogLevel.Information, "Gave Lease {Lease} back")]
    private partial void LogReleased(NamespacedName lease);

    [LoggerMessage(LogLevel.Warning, "Could not give Lease {Lease} back; others wait until it expires: {Reason}")]
    private partial void LogNotReleased(NamespacedName lease, string reason);

    [LoggerMessage(Message = "Could not take or renew the Lease: {Reason}")]
    private partial void LogFailed(LogLevel level, string reason);
}
