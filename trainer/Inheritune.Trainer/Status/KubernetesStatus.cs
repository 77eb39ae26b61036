using System.Text.Json.Nodes;
using Inheritune.Api;

namespace Inheritune.Trainer.Status;

/// <summary>
/// Passes everything on to another status and keeps the resource of the run in the cluster up to date besides, from a task of its own that
/// neither holds a run up nor fails it. At most one write is under way. The end waits a few seconds for the last one. What is unchanged is written
/// again with the new time if something was done meanwhile, so that silence means that nothing is.
/// </summary>
internal sealed class KubernetesStatus : IRunStatus, IDisposable
{
    private readonly Pulse _next;
    private readonly KubernetesOptions _options;
    private readonly TimeProvider _time;
    private readonly StatusWriter _writer;
    private readonly WritePace _pace;
    private readonly Lock _lock = new();
    private readonly RunAccount _account = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;
    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _begun;
    private JsonObject _written = [];
    private long _writtenBeats;
    private bool _isUrgent, _isEnding, _isFailing;

    public KubernetesStatus(Pulse next, KubernetesOptions options, TimeProvider time)
    {
        (_next, _options, _time, _begun) = (next, options, time, time.GetTimestamp());
        _writer = new StatusWriter(options);
        _pace = new WritePace(options, time);
        _writing = Task.Run(WriteAsync);
        next.Turned += Wake;
    }

    public void Info(string message) => _next.Info(message);

    public void Warn(string message) => _next.Warn(message);

    public void Beat() => _next.Beat();

    public IDisposable? Wait(string what) => _next.Wait(what);

    public IStage Begin(string title, double total, string unit) => _next.Begin(title, total, unit);

    public void Report(InheritRunStatus news)
    {
        _next.Report(news);
        lock (_lock)
        {
            if (!_account.Add(news) || _isUrgent) return;
            _isUrgent = true;
            _woken.TrySetResult();
        }
    }

    private void Wake()
    {
        lock (_lock) _woken.TrySetResult();
    }

    public void Dispose()
    {
        _next.Turned -= Wake;
        lock (_lock)
        {
            if (_isEnding) return;
            _isEnding = true;
            _woken.TrySetResult();
        }

        _stop.CancelAfter(_options.LastWords);
        _writing.GetAwaiter().GetResult();
        _writer.Dispose();
        _stop.Dispose();
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            Task woken;
            TimeSpan pause;
            JsonObject status;
            long beats;
            lock (_lock)
            {
                (status, beats) = (_account.Snapshot(_next.Standing), _next.Beats);
                var isNew = !JsonNode.DeepEquals(status, _written);
                var isAlive = status.Count > 0 && beats != _writtenBeats;
                if (_isEnding && (!isNew || _stop.IsCancellationRequested)) break;
                // The end is as urgent as can be, but a server that asks for a pause is left alone.
                pause = _isEnding && !_isFailing ? TimeSpan.Zero : isNew || isAlive ? Remaining(status) : _options.Pause;
                if (_woken.Task.IsCompleted) _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
                woken = _woken.Task;
                if (pause <= TimeSpan.Zero) _isUrgent = false;
            }

            if (pause > TimeSpan.Zero) await woken.WaitAsync(pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else await ApplyAsync(status, beats).ConfigureAwait(false);
        }

        if (_isFailing) _next.Warn($"The last status of the run has not reached the API server{(TerminationMessage.Path is null ? "" : "; the termination message holds the outcome")}");
    }

    /// <summary>A stage that has begun or ended does not wait, unless that is over before anybody could read of it; the training's own do.</summary>
    private TimeSpan Remaining(JsonObject status)
    {
        var pause = _pace.Remaining(_isUrgent || RunAccount.Place(status) != RunAccount.Place(_written));
        var settled = _options.Shortest - _time.GetElapsedTime(_begun);
        return _account.IsEmpty && settled > pause ? settled : pause;
    }

    private async Task ApplyAsync(JsonObject status, long beats)
    {
        var dated = status.DeepClone().AsObject();
        // Also where nothing else is left to say: old servers take an empty status for none, and leave what is over as it was.
        if (dated["progress"] is null) dated["progress"] = new JsonObject();
        dated["progress"]!["updateTime"] = WholeSeconds.Text(_time.GetUtcNow());
        var refusal = await _writer.ApplyAsync(dated, _stop.Token).ConfigureAwait(false);
        if (refusal is null)
        {
            if (_isFailing) _next.Info("The status of the run reaches the API server again");
            (_isFailing, _written, _writtenBeats) = (false, status, beats);
            _pace.Succeeded();
            return;
        }

        if (!_isFailing) _next.Warn($"The status of run {_options.Namespace}/{_options.Name} cannot be written ({refusal.Message}); the run goes on, and it is tried again");
        _isFailing = true;
        _pace.Failed(refusal.RetryAfter);
    }
}
