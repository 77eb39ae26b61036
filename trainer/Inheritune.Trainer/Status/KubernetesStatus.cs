using System.Globalization;
using System.Text.Json.Nodes;
using Inheritune.Api;

namespace Inheritune.Trainer.Status;

/// <summary>
/// Passes everything on to another status and keeps the resource of the run in the cluster up to date besides, from a task of its own that
/// neither holds a run up nor fails it. At most one write is under way. The end waits a few seconds for the last one.
/// </summary>
internal sealed class KubernetesStatus : IRunStatus, IDisposable
{
    private readonly IRunStatus _next;
    private readonly KubernetesOptions _options;
    private readonly TimeProvider _time;
    private readonly StatusWriter _writer;
    private readonly WritePace _pace;
    private readonly Lock _lock = new();
    private readonly RunAccount _account = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;
    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private JsonObject? _written;
    private bool _isUrgent, _isEnding, _isFailing;

    public KubernetesStatus(IRunStatus next, KubernetesOptions options, TimeProvider time)
    {
        (_next, _options, _time) = (next, options, time);
        _writer = new StatusWriter(options);
        _pace = new WritePace(options, time);
        _writing = Task.Run(WriteAsync);
    }

    public void Info(string message) => _next.Info(message);

    public void Warn(string message) => _next.Warn(message);

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

    public void Dispose()
    {
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
            lock (_lock)
            {
                status = _account.Snapshot();
                var isNew = status.Count > 0 && !JsonNode.DeepEquals(status, _written);
                if (_isEnding && (!isNew || _stop.IsCancellationRequested)) break;
                // The end is as urgent as can be, but a server that asks for a pause is left alone.
                pause = isNew ? _isEnding && !_isFailing ? TimeSpan.Zero : _pace.Remaining(_isUrgent) : _options.Pause;
                if (_woken.Task.IsCompleted) _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
                woken = _woken.Task;
                if (pause <= TimeSpan.Zero) _isUrgent = false;
            }

            if (pause > TimeSpan.Zero) await woken.WaitAsync(pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else await ApplyAsync(status).ConfigureAwait(false);
        }

        if (_isFailing) _next.Warn($"The last status of the run has not reached the API server{(TerminationMessage.Path is null ? "" : "; the termination message holds the outcome")}");
    }

    private async Task ApplyAsync(JsonObject status)
    {
        var dated = status.DeepClone().AsObject();
        if (dated["progress"] is JsonObject progress) progress["updateTime"] = _time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var refusal = await _writer.ApplyAsync(dated, _stop.Token).ConfigureAwait(false);
        if (refusal is null)
        {
            if (_isFailing) _next.Info("The status of the run reaches the API server again");
            (_isFailing, _written) = (false, status);
            _pace.Succeeded();
            return;
        }

        if (!_isFailing) _next.Warn($"The status of run {_options.Namespace}/{_options.Name} cannot be written ({refusal.Message}); the run goes on, and it is tried again");
        _isFailing = true;
        _pace.Failed(refusal.RetryAfter);
    }
}
