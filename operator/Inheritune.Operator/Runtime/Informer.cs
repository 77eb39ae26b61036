using System.Globalization;
using System.Text.Json;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Inheritune.Operator.Runtime;

/// <summary>
/// Keeps a store equal to what the API server has: lists, then watches from the list's version on, and lists again when the server
/// no longer knows that version. What a gap hides, deletions among it, shows in the difference of two lists.
/// </summary>
internal sealed partial class Informer<T>(ApiClient client, InformerOptions options, TimeProvider time, ILogger<Informer<T>> logger)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly string Plural = ResourceKind.Of<T>().FullName;
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromSeconds(1);

    /// <summary>A version that fails so often in a row is not worth keeping, whatever the server says is wrong.</summary>
    private const int FailuresOfVersion = 5;

    /// <summary>A break after which nothing that was to be heard can have been missed for long. Proxies cut watches as a matter of course.</summary>
    private static readonly TimeSpan ShortBreak = TimeSpan.FromSeconds(10);

    /// <summary>Servers send bookmarks about once a minute; a longer silence is a server that hangs, or a network that is cut.</summary>
    private static readonly TimeSpan LongestQuiet = TimeSpan.FromSeconds(90);

    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _version = "";
    private int _failures;
    private long _heard = time.GetTimestamp();
    private readonly Lock _hearing = new();
    private DateTimeOffset? _hearingSince;
    private long? _broken;

    /// <summary>Takes away from each object what nobody here reads, before it is stored.</summary>
    public Action<T> Trim { get; init; } = _ => { };

    /// <summary>Raised by one thread, in order, after the store has changed. To be subscribed to before <see cref="RunAsync"/>.</summary>
    public event Action<Change<T>>? Changed;

    public ObjectStore<T> Store { get; } = new();

    /// <summary>Done when the store has first been filled.</summary>
    public Task Synced => _synced.Task;

    /// <summary>Time since the API server last gave a sign of life.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Interlocked.Read(ref _heard));

    /// <summary>Since when the API server has been heard without a break that is worth the name; null while it is not.</summary>
    public DateTimeOffset? HearingSince
    {
        get
        {
            lock (_hearing) return _broken is { } broken && time.GetElapsedTime(broken) > ShortBreak ? null : _hearingSince;
        }
    }

    /// <summary>Follows the server and waits out whatever fails, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            ApiException failure;
            try
            {
                if (_version.Length == 0) await ListAsync(stop);
                await WatchAsync(stop);
                continue;
            }
            catch (ApiException e)
            {
                failure = e;
            }

            lock (_hearing) _broken ??= time.GetTimestamp();
            _failures++;
            if (!failure.IsTransient || _failures % FailuresOfVersion == 0) _version = "";
            var pause = options.Backoff.After(_failures);
            pause = pause > failure.RetryAfter ? pause : failure.RetryAfter;
            LogFailed(failure.Message, _version.Length > 0 ? "watch" : "list", pause.TotalSeconds);
            await Task.Delay(pause, time, stop);
        }
    }

    private async Task ListAsync(CancellationToken stop)
    {
        (IReadOnlyCollection<T> Objects, string Version) found;
        try
        {
            found = await ReadPagesAsync(options.PageSize, stop);
        }
        catch (ApiException e) when (e.IsExpired)
        {
            // Compacted between two pages. Pages cannot keep up with this server, one answer can.
            found = await ReadPagesAsync(0, stop);
        }

        Notify(Store.Replace(found.Objects));
        _version = found.Version;
        LogListed(Plural, found.Objects.Count, _version);
        _synced.TrySetResult();
    }

    private async Task<(IReadOnlyCollection<T> Objects, string Version)> ReadPagesAsync(int size, CancellationToken stop)
    {
        var found = new List<T>();
        var next = "";
        while (true)
        {
            var page = await client.ListAsync<T>(options.Namespace, options.LabelSelector, size, next, stop, options.FieldSelector);
            Hear();
            found.AddRange(page.Items.Select(Read).OfType<T>());
            next = page.Metadata.ContinueProperty;
            if (string.IsNullOrEmpty(next)) return (found, page.Metadata.ResourceVersion);
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        var (began, events) = (time.GetTimestamp(), 0);
        var seconds = (int)(options.WatchTime.TotalSeconds * (1 + Random.Shared.NextDouble()));
        await foreach (var change in client.WatchAsync<T>(options.Namespace, options.LabelSelector, _version, seconds, options.Silence, stop, options.FieldSelector, Hear))
        {
            Hear();
            Take(change);
            (events, _failures) = (events + 1, 0);
        }

        // A watch of few things ends in good order without a word; where there are no bookmarks, opening and ending are all that is heard.
        Hear();
        if (events == 0 && time.GetElapsedTime(began) < ShortestWatch) throw new ApiException($"The API server ended the watch of {Plural} at once");
    }

    private void Take(Watcher<JsonElement>.WatchEvent change)
    {
        var version = change.Object.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
        // The versions of a watch grow; what does not is a replay, and may bring back what has been deleted since.
        if (ulong.TryParse(version, CultureInfo.InvariantCulture, out var now) && ulong.TryParse(_version, CultureInfo.InvariantCulture, out var before) && now <= before) return;
        _version = version;
        if (change.Type != WatchEventType.Bookmark && Read(change.Object) is { } entity)
            Notify(change.Type == WatchEventType.Deleted ? Store.Remove(entity) : Store.Set(entity));
    }

    private T? Read(JsonElement json)
    {
        try
        {
            var entity = KubernetesJson.Deserialize<T>(json);
            // Often the larger half of an object, and nobody here asks who wrote what.
            entity.Metadata.ManagedFields = null;
            Trim(entity);
            return entity;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            LogUnreadable(Plural, json.GetProperty("metadata").GetRawText(), e.Message);
            return null;
        }
    }

    private void Notify(IReadOnlyList<Change<T>> changes)
    {
        foreach (var change in changes) Changed?.Invoke(change);
    }

    private void Hear()
    {
        lock (_hearing)
        {
            var wasBroken = _broken is { } broken && time.GetElapsedTime(broken) > ShortBreak;
            if (_hearingSince is null || wasBroken || Silence > LongestQuiet) _hearingSince = time.GetUtcNow();
            _broken = null;
        }

        Interlocked.Exchange(ref _heard, time.GetTimestamp());
    }

    [LoggerMessage(LogLevel.Information, "Listed {Count} {Plural} at version {Version}")]
    private partial void LogListed(string plural, int count, string version);

    [LoggerMessage(LogLevel.Warning, "{Failure}; trying to {Next} again in {Seconds:0.0} s")]
    private partial void LogFailed(string failure, string next, double seconds);

    [LoggerMessage(LogLevel.Error, "Ignored one of {Plural} that this version cannot read: {Reason}; its metadata: {Metadata}")]
    private partial void LogUnreadable(string plural, string metadata, string reason);
}
