using System.Diagnostics.CodeAnalysis;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>The objects of a kind as the API server last told them. What it gives out are copies that the caller may change.</summary>
internal sealed class ObjectStore<T> where T : IKubernetesObject<V1ObjectMeta>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, T> _objects = [];
    private readonly Dictionary<(string Namespace, string Owner), HashSet<NamespacedName>> _owned = [];

    public IReadOnlyList<NamespacedName> Keys
    {
        get
        {
            lock (_gate) return [.. _objects.Keys];
        }
    }

    public bool TryGet(NamespacedName key, [NotNullWhen(true)] out T? entity)
    {
        lock (_gate) _objects.TryGetValue(key, out entity);
        if (entity is not null) entity = Copy(entity);
        return entity is not null;
    }

    /// <summary>What there is to say about each object, without a copy of it; the look must not change it.</summary>
    public IReadOnlyList<TResult> Select<TResult>(Func<T, TResult> look)
    {
        lock (_gate) return [.. _objects.Values.Select(look)];
    }

    /// <summary>The objects of a namespace that name an owner of this UID. Elsewhere anyone may name any owner.</summary>
    public IReadOnlyList<T> OwnedBy(string ns, string uid)
    {
        T[] found;
        lock (_gate) found = _owned.TryGetValue((ns, uid), out var keys) ? [.. keys.Select(key => _objects[key])] : [];
        return [.. found.Select(Copy)];
    }

    /// <summary>Takes a new or changed object in.</summary>
    public IReadOnlyList<Change<T>> Set(T entity)
    {
        lock (_gate) return [.. Put(entity)];
    }

    /// <summary>Drops an object, unless another of its name has taken its place.</summary>
    public IReadOnlyList<Change<T>> Remove(T entity)
    {
        lock (_gate) return _objects.TryGetValue(NamespacedName.Of(entity), out var known) && known.Uid() == entity.Uid() ? [Drop(known) with { Before = entity }] : [];
    }

    /// <summary>Takes a whole list for all there is, and tells what has come, changed and gone since.</summary>
    public IReadOnlyList<Change<T>> Replace(IReadOnlyCollection<T> entities)
    {
        var present = entities.Select(entity => NamespacedName.Of(entity)).ToHashSet();
        lock (_gate)
        {
            var gone = _objects.Where(pair => !present.Contains(pair.Key)).Select(pair => pair.Value).ToArray();
            return [.. gone.Select(Drop), .. entities.SelectMany(Put)];
        }
    }

    private static T Copy(T entity) => KubernetesJson.Deserialize<T>(KubernetesJson.Serialize(entity));

    private IEnumerable<Change<T>> Put(T entity)
    {
        var key = NamespacedName.Of(entity);
        if (_objects.TryGetValue(key, out var known))
        {
            if (known.ResourceVersion() == entity.ResourceVersion()) yield break;
            var dropped = Drop(known);
            // Deleted and made again between two looks: two objects.
            if (known.Uid() != entity.Uid())
            {
                yield return dropped;
                known = default;
            }
        }

        _objects[key] = entity;
        foreach (var owner in entity.OwnerReferences() ?? [])
        {
            if (!_owned.TryGetValue((key.Namespace, owner.Uid), out var keys)) _owned[(key.Namespace, owner.Uid)] = keys = [];
            keys.Add(key);
        }

        yield return new Change<T>(known, entity);
    }

    private Change<T> Drop(T known)
    {
        var key = NamespacedName.Of(known);
        _objects.Remove(key);
        foreach (var owner in known.OwnerReferences() ?? [])
            if (_owned.TryGetValue((key.Namespace, owner.Uid), out var keys) && keys.Remove(key) && keys.Count == 0)
                _owned.Remove((key.Namespace, owner.Uid));
        return new Change<T>(known, default);
    }
}
