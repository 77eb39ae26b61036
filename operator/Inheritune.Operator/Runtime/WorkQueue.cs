using System.Threading.Channels;

namespace Inheritune.Operator.Runtime;

/// <summary>
/// Keys of objects that want to be looked at. A key is in the queue once, however often it is added, and with one worker at a time:
/// what is added while a worker has it comes again after <see cref="Done"/>.
/// </summary>
/// <param name="name">For metrics.</param>
/// <param name="backoff">Pauses of a key that fails.</param>
/// <param name="retries">Limits the retries of all keys together.</param>
internal sealed class WorkQueue(string name, Backoff backoff, TokenBucket retries, TimeProvider time) : IDisposable
{
    /// <summary>Timers take no more than 49 days.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly Channel<NamespacedName> _ready = Channel.CreateUnbounded<NamespacedName>();
    private readonly Dictionary<NamespacedName, long> _dirty = [];
    private readonly HashSet<NamespacedName> _processing = [];
    private readonly Dictionary<NamespacedName, int> _failures = [];
    private readonly Dictionary<NamespacedName, long> _wakeUps = [];
    private readonly PriorityQueue<NamespacedName, long> _schedule = new();
    private ITimer? _timer;

    public WorkQueue(string name, TimeProvider time)
        : this(name, new Backoff(TimeSpan.FromMilliseconds(5), TimeSpan.FromMinutes(5)), new TokenBucket(10, 100, time), time)
    {
    }

    /// <summary>Wants the key looked at, now.</summary>
    public void Add(NamespacedName key)
    {
        lock (_gate)
        {
            if (!_dirty.TryAdd(key, time.GetTimestamp())) return;
            RuntimeMetrics.QueueAdds.WithLabels(name).Inc();
            if (!_processing.Contains(key)) Enqueue(key);
        }
    }

    /// <summary>Wants the key looked at after a delay. Of several such wishes the earliest stands: nothing but its coming true ends it.</summary>
    public void AddAfter(NamespacedName key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        lock (_gate)
        {
            var due = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
            if (_wakeUps.TryGetValue(key, out var earlier) && earlier <= due) return;
            _wakeUps[key] = due;
            _schedule.Enqueue(key, due);
            SetTimer();
        }
    }

    /// <summary>Wants the key, which failed, looked at after its backoff, and not before the given delay.</summary>
    public void AddRateLimited(NamespacedName key, TimeSpan atLeast = default)
    {
        RuntimeMetrics.QueueRetries.WithLabels(name).Inc();
        lock (_gate)
        {
            var failures = _failures[key] = _failures.GetValueOrDefault(key) + 1;
            AddAfter(key, Longest(atLeast, backoff.After(failures), retries.Take()));
        }
    }

    /// <summary>Ends a key's series of failures.</summary>
    public void Forget(NamespacedName key)
    {
        lock (_gate) _failures.Remove(key);
    }

    /// <summary>Waits for a key, which is the caller's until <see cref="Done"/>.</summary>
    public async ValueTask<NamespacedName> TakeAsync(CancellationToken stop)
    {
        var key = await _ready.Reader.ReadAsync(stop);
        lock (_gate)
        {
            _dirty.Remove(key, out var since);
            _processing.Add(key);
            RuntimeMetrics.QueueSeconds.WithLabels(name).Observe(time.GetElapsedTime(since).TotalSeconds);
            RuntimeMetrics.QueueDepth.WithLabels(name).Dec();
        }

        return key;
    }

    public void Done(NamespacedName key)
    {
        lock (_gate)
        {
            _processing.Remove(key);
            if (_dirty.ContainsKey(key)) Enqueue(key);
        }
    }

    public void Dispose() => _timer?.Dispose();

    private static TimeSpan Longest(params ReadOnlySpan<TimeSpan> spans)
    {
        var longest = TimeSpan.Zero;
        foreach (var span in spans) longest = span > longest ? span : longest;
        return longest;
    }

    private void Enqueue(NamespacedName key)
    {
        _ready.Writer.TryWrite(key);
        RuntimeMetrics.QueueDepth.WithLabels(name).Inc();
    }

    private void WakeUp()
    {
        lock (_gate)
        {
            while (_schedule.TryPeek(out var key, out var due) && due <= time.GetTimestamp())
            {
                _schedule.Dequeue();
                // An entry that an earlier one has overtaken.
                if (_wakeUps.TryGetValue(key, out var valid) && valid == due && _wakeUps.Remove(key)) Add(key);
            }

            SetTimer();
        }
    }

    private void SetTimer()
    {
        if (!_schedule.TryPeek(out _, out var due)) return;
        var wait = TimeSpan.FromSeconds((double)Math.Max(0, due - time.GetTimestamp()) / time.TimestampFrequency);
        _timer ??= time.CreateTimer(_ => WakeUp(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // A timer that rings a moment early finds nothing due and is set again.
        _timer.Change(wait < LongestTimer ? wait : LongestTimer, Timeout.InfiniteTimeSpan);
    }
}
