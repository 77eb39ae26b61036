using System.Diagnostics;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Remembers what it was given: name=value, -name=value of what has gone.</summary>
internal sealed class MapReconciler : IEntityController<V1ConfigMap>
{
    private readonly Lock _gate = new();
    private readonly List<(string What, long Time)> _seen = [];
    private readonly Dictionary<string, Func<V1ConfigMap, Task>> _acts = [];

    /// <summary>The result of the so many-th look at an entity.</summary>
    public Func<V1ConfigMap, int, ReconciliationResult<V1ConfigMap>> Result { get; set; } = (map, _) => ReconciliationResult<V1ConfigMap>.Success(map);

    /// <summary>What is done with every entity.</summary>
    public Func<V1ConfigMap, Task> Any { get; set; } = _ => Task.CompletedTask;

    public IReadOnlyList<string> Seen
    {
        get
        {
            lock (_gate) return [.. _seen.Select(seen => seen.What)];
        }
    }

    public IReadOnlyList<long> Times
    {
        get
        {
            lock (_gate) return [.. _seen.Select(seen => seen.Time)];
        }
    }

    public void On(string what, Func<V1ConfigMap, Task> act) => _acts[what] = act;

    public async Task<ReconciliationResult<V1ConfigMap>> ReconcileAsync(V1ConfigMap entity, CancellationToken cancellationToken)
    {
        var what = $"{entity.Name()}={ConfigMaps.Value(entity)}";
        var calls = See(what);
        await Any(entity);
        if (_acts.TryGetValue(what, out var act)) await act(entity);
        return Result(entity, calls);
    }

    public Task<ReconciliationResult<V1ConfigMap>> DeletedAsync(V1ConfigMap entity, CancellationToken cancellationToken)
    {
        See($"-{entity.Name()}={ConfigMaps.Value(entity)}");
        return Task.FromResult(ReconciliationResult<V1ConfigMap>.Success(entity));
    }

    private int See(string what)
    {
        lock (_gate)
        {
            _seen.Add((what, Stopwatch.GetTimestamp()));
            return _seen.Count(seen => seen.What == what);
        }
    }
}
