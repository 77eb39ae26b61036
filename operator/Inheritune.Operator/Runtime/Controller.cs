using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Inheritune.Operator.Runtime;

/// <summary>Feeds the keys of changed entities to workers, which hand what the store has under a key to the <see cref="IEntityController{T}"/>.</summary>
internal sealed partial class Controller<T> : IController
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly ResourceKind Kind = ResourceKind.Of<T>();

    private readonly Informer<T> _informer;
    private readonly IEntityController<T> _reconciler;
    private readonly WorkQueue _queue;
    private readonly ControllerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Controller<T>> _logger;
    private readonly ConcurrentDictionary<NamespacedName, T> _deleted = [];
    private readonly List<Task> _dependencies;

    public Controller(Informer<T> informer, IEntityController<T> reconciler, WorkQueue queue, ControllerOptions options, TimeProvider time, ILogger<Controller<T>> logger)
    {
        (_informer, _reconciler, _queue, _options, _time, _logger) = (informer, reconciler, queue, options, time, logger);
        _dependencies = [informer.Synced];
        informer.Changed += change =>
        {
            if (change.After is null) _deleted[change.Key] = change.Before!;
            queue.Add(change.Key);
        };
    }

    /// <summary>Looks at an entity also when something that it owns changes.</summary>
    public void Owns<TOwned>(Informer<TOwned> owned) where TOwned : class, IKubernetesObject<V1ObjectMeta> =>
        Watches(owned, entity => (entity.OwnerReferences() ?? [])
            .Where(owner => owner.Kind == Kind.Kind && owner.ApiVersion.Split('/')[0] == Kind.ApiVersion.Split('/')[0])
            .Select(owner => owner.Name));

    /// <summary>Looks at entities of the same namespace also when something else changes.</summary>
    /// <param name="other">The informer of the other things.</param>
    /// <param name="names">Names of the entities that the change of a thing concerns.</param>
    public void Watches<TOther>(Informer<TOther> other, Func<TOther, IEnumerable<string>> names) where TOther : class, IKubernetesObject<V1ObjectMeta>
    {
        _dependencies.Add(other.Synced);
        other.Changed += change =>
        {
            foreach (var name in names(change.Entity)) _queue.Add(change.Key with { Name = name });
        };
    }

    public async Task RunAsync(CancellationToken stop)
    {
        // A store that is half filled would show children as missing.
        await Task.WhenAll(_dependencies).WaitAsync(stop);
        await Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => Task.Run(() => WorkAsync(stop), stop)).Append(ResyncAsync(stop)));
    }

    private async Task WorkAsync(CancellationToken stop)
    {
        while (true)
        {
            var key = await _queue.TakeAsync(stop);
            try
            {
                await HandleAsync(key, stop);
            }
            finally
            {
                _queue.Done(key);
            }
        }
    }

    private async Task ResyncAsync(CancellationToken stop)
    {
        while (true)
        {
            foreach (var key in _informer.Store.Keys) _queue.Add(key);
            await Task.Delay(_options.Resync * (0.9 + 0.2 * Random.Shared.NextDouble()), _time, stop);
        }
    }

    private async Task HandleAsync(NamespacedName key, CancellationToken stop)
    {
        var began = _time.GetTimestamp();
        string outcome;
        try
        {
            outcome = await DeleteAsync(key, stop) ?? await ReconcileAsync(key, stop);
        }
        catch (ApiException e)
        {
            outcome = Fail(key, e.Message, e.IsConflict ? LogLevel.Debug : LogLevel.Warning, null, e.RetryAfter);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // The one place where a fault is caught: an entity that trips it must not take the others with it.
            outcome = Fail(key, e.Message, LogLevel.Error, e);
        }

        RuntimeMetrics.Reconciles.WithLabels(Kind.Plural, outcome).Inc();
        RuntimeMetrics.ReconcileSeconds.WithLabels(Kind.Plural).Observe(_time.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Tells of an entity that is gone, also when another has come under its name. Null when there is nothing more to say about the key.</summary>
    private async Task<string?> DeleteAsync(NamespacedName key, CancellationToken stop)
    {
        if (!_deleted.TryGetValue(key, out var deleted)) return null;
        var outcome = Settle(key, await _reconciler.DeletedAsync(deleted, stop));
        // Unless yet another has gone meanwhile, whose change has queued the key again.
        if (outcome == Results.Success) _deleted.TryRemove(KeyValuePair.Create(key, deleted));
        return outcome == Results.Success ? null : outcome;
    }

    private async Task<string> ReconcileAsync(NamespacedName key, CancellationToken stop) =>
        _informer.Store.TryGet(key, out var entity) ? Settle(key, await _reconciler.ReconcileAsync(entity, stop)) : Results.Success;

    private string Settle(NamespacedName key, ReconciliationResult<T> result)
    {
        if (result.IsFailure) return Fail(key, result.ErrorMessage, LogLevel.Warning, result.Error, result.RequeueAfter);
        _queue.Forget(key);
        if (result.RequeueAfter is not { } delay) return Results.Success;
        _queue.AddAfter(key, delay);
        return Results.RequeueAfter;
    }

    private string Fail(NamespacedName key, string message, LogLevel level, Exception? error, TimeSpan? wait = null)
    {
        _queue.AddRateLimited(key, wait ?? TimeSpan.Zero);
        LogFailed(level, error, Kind.Kind, key, message);
        return Results.Error;
    }

    [LoggerMessage(Message = "Failed to reconcile {Kind} {Key}: {Reason}")]
    private partial void LogFailed(LogLevel level, Exception? error, string kind, NamespacedName key, string reason);

    /// <summary>Values of the metric's label.</summary>
    private static class Results
    {
        public const string Success = "success";
        public const string RequeueAfter = "requeue_after";
        public const string Error = "error";
    }
}
