using System.Text;
using System.Threading.Channels;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Inheritune.Operator.Runtime;

/// <summary>
/// Writes Kubernetes Events without ever making the caller wait or fail: notes go through a bounded channel, equal ones become one
/// Event with a count, and what the API server does not take in time is counted as lost.
/// </summary>
/// <param name="reporter">The controller's name, as in events.k8s.io.</param>
internal sealed partial class EventRecorder(ApiClient client, string reporter, TimeProvider time, ILogger<EventRecorder> logger)
{
    private const int Capacity = 1000;

    /// <summary>In bytes; the API server refuses longer ones.</summary>
    private const int LongestNote = 1024;

    /// <summary>At most one write for each Event in this time.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>The same after so long a pause is a new Event.</summary>
    private static readonly TimeSpan SeriesTime = TimeSpan.FromMinutes(10);

    private readonly Channel<EventNote> _notes = Channel.CreateBounded<EventNote>(Capacity);
    private readonly Dictionary<EventNote, int> _pending = [];
    private readonly Dictionary<EventNote, EventSeries> _series = [];
    private readonly Backoff _backoff = new(Interval, TimeSpan.FromMinutes(1));
    private readonly EventWriter _writer = new(client, reporter, time);

    /// <summary>Notes an event about an entity.</summary>
    public void Record<T>(T entity, string type, string reason, string action, string note) where T : IKubernetesObject<V1ObjectMeta>
    {
        if (!_notes.Writer.TryWrite(new(ResourceKind.Of<T>(), NamespacedName.Of(entity), entity.Uid(), type, reason, action, Fit(note)))) RuntimeMetrics.LostEvents.Inc();
    }

    /// <summary>Writes what is noted, until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var failures = 0;
        while (_pending.Count > 0 || await _notes.Reader.WaitToReadAsync(stop))
        {
            // What does not fit stays in the channel, and then with the caller's thread as lost.
            while (_pending.Count < Capacity && _notes.Reader.TryRead(out var note)) _pending[note] = _pending.GetValueOrDefault(note) + 1;
            var pause = Interval;
            try
            {
                foreach (var (note, count) in _pending.ToArray()) await WriteAsync(note, count, stop);
                failures = 0;
            }
            catch (ApiException e)
            {
                pause = _backoff.After(++failures);
                pause = pause > e.RetryAfter ? pause : e.RetryAfter;
                LogLater(e.Message, _pending.Count, pause.TotalSeconds);
            }

            foreach (var (note, _) in _series.Where(pair => time.GetElapsedTime(pair.Value.Last) > SeriesTime).ToArray()) _series.Remove(note);
            await Task.Delay(pause, time, stop);
        }
    }

    private async Task WriteAsync(EventNote note, int count, CancellationToken stop)
    {
        try
        {
            _series[note] = await _writer.WriteAsync(note, count, _series.GetValueOrDefault(note), stop);
        }
        catch (ApiException e) when (!e.IsTransient)
        {
            RuntimeMetrics.LostEvents.Inc(count);
            LogLost(note.Reason, e.Message);
        }

        _pending.Remove(note);
    }

    private static string Fit(string note)
    {
        if (Encoding.UTF8.GetByteCount(note) <= LongestNote) return note;
        // The cut may leave half a character, which reads as U+FFFD.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(note), 0, LongestNote - 3).TrimEnd('\uFFFD') + '…';
    }

    [LoggerMessage(LogLevel.Warning, "{Failure}; {Count} events wait, trying again in {Seconds:0.0} s")]
    private partial void LogLater(string failure, int count, double seconds);

    [LoggerMessage(LogLevel.Warning, "Lost an event {Reason}: {Failure}")]
    private partial void LogLost(string reason, string failure);
}
