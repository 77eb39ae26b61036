using k8s;
using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>
/// Brings the world in line with an entity, named as KubeOps names it. Level-based: it sees what is, not what happened, may be called
/// again at any time, and is never called twice at once for one key.
/// </summary>
internal interface IEntityController<T> where T : IKubernetesObject<V1ObjectMeta>
{
    /// <param name="entity">The controller's own copy.</param>
    /// <param name="cancellationToken">Cancelled when the process stops or no longer leads.</param>
    Task<ReconciliationResult<T>> ReconcileAsync(T entity, CancellationToken cancellationToken);

    /// <summary>The entity is gone. Not promised: what must happen needs a finalizer or an owner reference.</summary>
    /// <param name="entity">Its last known state.</param>
    /// <param name="cancellationToken">As above.</param>
    Task<ReconciliationResult<T>> DeletedAsync(T entity, CancellationToken cancellationToken);
}
