using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>Creates Events and counts them up, by events.k8s.io/v1 or, where that is not served, by the core group.</summary>
internal sealed class EventWriter(ApiClient client, string reporter, TimeProvider time)
{
    private readonly string _instance = $"{reporter}-{Environment.MachineName}";
    private bool _core;

    /// <summary>Writes an Event that happened so many times more.</summary>
    /// <param name="series">What has been written of it; null when it is new.</param>
    public async Task<EventSeries> WriteAsync(EventNote note, int count, EventSeries? series, CancellationToken stop)
    {
        var now = MicroTime.Now(time);
        var total = count + (series?.Count ?? 0);
        try
        {
            var key = series?.Key ?? await CreateAsync(note, now, stop);
            if (total > 1) await CountAsync(key, total, now, stop);
            return new EventSeries(key, total, time.GetTimestamp());
        }
        catch (ApiException e) when (e.IsNotServed && !_core)
        {
            _core = true;
            return await WriteAsync(note, count, series, stop);
        }
        catch (ApiException e) when (e.IsNotFound && series is not null)
        {
            // Events expire, after an hour as a rule.
            return await WriteAsync(note, count, null, stop);
        }
    }

    private async Task<NamespacedName> CreateAsync(EventNote note, DateTime now, CancellationToken stop)
    {
        // 253 characters are the limit of a name.
        var name = note.Key.Name[..Math.Min(note.Key.Name.Length, 220)];
        var metadata = new V1ObjectMeta { NamespaceProperty = note.Namespace, Name = $"{name}.{Guid.NewGuid():n}" };
        if (!_core)
        {
            return NamespacedName.Of(await client.CreateAsync(
                new Eventsv1Event
                {
                    Metadata = metadata,
                    Regarding = note.Regarding,
                    Type = note.Type,
                    Reason = note.Reason,
                    Action = note.Action,
                    Note = note.Note,
                    EventTime = now,
                    ReportingController = reporter,
                    ReportingInstance = _instance,
                },
                stop));
        }

        return NamespacedName.Of(await client.CreateAsync(
            new Corev1Event
            {
                Metadata = metadata,
                InvolvedObject = note.Regarding,
                Type = note.Type,
                Reason = note.Reason,
                Message = note.Note,
                FirstTimestamp = now,
                LastTimestamp = now,
                Count = 1,
                Source = new V1EventSource { Component = reporter, Host = Environment.MachineName },
            },
            stop));
    }

    private Task CountAsync(NamespacedName key, int count, DateTime now, CancellationToken stop) => _core
        ? client.PatchAsync<Corev1Event>(key, Merge(new { count, lastTimestamp = now }), stop)
        : client.PatchAsync<Eventsv1Event>(key, Merge(new { series = new { count, lastObservedTime = now } }), stop);

    private static V1Patch Merge(object change) => new(change, V1Patch.PatchType.MergePatch);
}
