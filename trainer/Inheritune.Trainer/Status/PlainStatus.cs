using System.Globalization;

namespace Inheritune.Trainer.Status;

/// <summary>
/// Dated lines for log collectors: <c>2026-11-23T14:03:12Z  info  Reading 12 of 41 tensors</c>. A stage that goes on says so
/// when nothing else has been said for a while.
/// </summary>
internal sealed class PlainStatus(TextWriter writer, TimeProvider time) : IRunStatus
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    // Signal handlers write from their own thread.
    private readonly Lock _lock = new();
    private int _open;
    private long _lastLine;

    public void Info(string message) => Line("info", message);

    public void Warn(string message) => Line("warn", message);

    public IStage Begin(string title, double total, string unit)
    {
        var progress = new StageProgress(title, total, unit, time);
        // A stage within another, such as a quick evaluation, speaks only when it takes long.
        var inner = Interlocked.Increment(ref _open) > 1;
        if (!inner) Info($"{title}: started, {progress.Amount}");
        return new Stage(this, progress, time, inner);
    }

    private void Line(string level, string message)
    {
        var stamp = WholeSeconds.Text(time.GetUtcNow());
        lock (_lock)
        {
            _lastLine = time.GetTimestamp();

            // One record is one line, whatever the message holds.
            foreach (var line in message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries)) writer.Write($"{stamp}  {level}  {line}\n");
            writer.Flush();
        }
    }

    private sealed class Stage(PlainStatus status, StageProgress progress, TimeProvider time, bool inner) : IStage
    {
        private bool _spoken = !inner;
        private bool _over;

        public void Report(double done, string detail = "")
        {
            progress.Update(done, detail);
            if (time.GetElapsedTime(Interlocked.Read(ref status._lastLine)) < Pause) return;
            _spoken = true;
            status.Info($"{progress.Title}: {progress.Percent} | {progress.Words}");
        }

        public void Dispose()
        {
            if (_over) return;
            _over = true;
            Interlocked.Decrement(ref status._open);
            if (!_spoken) return;
            var end = progress.Share < 1 ? $"stopped at {progress.Percent} after" : "done in";
            status.Info($"{progress.Title}: {end} {progress.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s");
        }
    }
}
