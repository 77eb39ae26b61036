using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Rbac;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>Leads a run from its creation to its end. Everything is decided anew from what is there; nothing rests on what happened while someone looked.</summary>
/// <param name="refusals">Events of the Job controller about pods that it could not make, owned by what they are about.</param>
/// <param name="mountRefusals">Events of kubelets about volumes that they could not mount, owned likewise.</param>
[EntityRbac(typeof(V1Alpha1InheritRun), Verbs = RbacVerb.List | RbacVerb.Watch)]
[EntityRbac(typeof(V1Job), Verbs = RbacVerb.List | RbacVerb.Watch)]
[EntityRbac(typeof(V1Pod), Verbs = RbacVerb.List | RbacVerb.Watch)]
[EntityRbac(typeof(Corev1Event), Verbs = RbacVerb.List | RbacVerb.Watch)]
internal sealed class InheritRunController(
    ObjectStore<V1Job> jobs, ObjectStore<V1Pod> pods, ObjectStore<Corev1Event> refusals, ObjectStore<Corev1Event> mountRefusals, StatusWriter statuses, ChildKeeper children, TenantLimits limits, EventRecorder events, TimeProvider time)
    : IEntityController<V1Alpha1InheritRun>
{
    /// <summary>A kubelet tries again after two minutes at the latest.</summary>
    private static readonly TimeSpan LongestMountRetry = TimeSpan.FromMinutes(3);

    public async Task<ReconciliationResult<V1Alpha1InheritRun>> ReconcileAsync(V1Alpha1InheritRun entity, CancellationToken cancellationToken)
    {
        // 1. A run on its way out takes its children along, by their owner references. One that the store shows as it was before our last write comes again.
        if (entity.Metadata.DeletionTimestamp is not null || statuses.IsStale(entity)) return ReconciliationResult<V1Alpha1InheritRun>.Success(entity);

        // 2. What is there.
        var seen = Observe(entity) with { Forbidden = limits.Against(entity.Spec) };
        if (seen.WithoutPod is { } job) seen = seen with { PodRefusal = RefusalOf(job) };
        if (seen.Unprepared is { } pod) seen = seen with { MountRefusal = MountRefusalOf(entity.Namespace(), pod, seen.Now) };

        // 3. What follows from it.
        var plan = RunPlan.Of(seen);

        // 4. First it is written down, once: an end that nobody knows of would be followed by another attempt.
        var written = await statuses.WriteAsync(entity, plan, cancellationToken);

        // 5. Then it is done. What fails is planned again.
        foreach (var action in plan.Actions) await children.ExecuteAsync(entity, action, written, cancellationToken);

        // 6. Then it is told.
        if (written is not null) RunMetrics.Count(entity, plan, seen.Now);
        foreach (var (type, reason, action, note) in RunEvents.Between(seen.Status, plan)) events.Record(entity, type, reason, action, note);

        // 7. The next deadline needs nothing but time to pass.
        return ReconciliationResult<V1Alpha1InheritRun>.Success(entity, plan.Next is { } next ? Wait(next - time.GetUtcNow()) : null);
    }

    public Task<ReconciliationResult<V1Alpha1InheritRun>> DeletedAsync(V1Alpha1InheritRun entity, CancellationToken cancellationToken)
    {
        statuses.Forget(entity);
        children.Forget(entity);
        return Task.FromResult(ReconciliationResult<V1Alpha1InheritRun>.Success(entity));
    }

    /// <summary>Times in the resource are whole seconds.</summary>
    private static TimeSpan Wait(TimeSpan left) => left > TimeSpan.Zero ? left + TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(1);

    private Observation Observe(V1Alpha1InheritRun run)
    {
        var (preflight, train) = (Find(ChildNames.Preflight(run)), Find(ChildNames.Train(run)));
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        return new(run, preflight, train, Pods(run.Namespace(), preflight?.Uid()), Pods(run.Namespace(), train?.Uid(), run.Status?.Job?.Uid), now) { Refusal = children.RefusalOf(run) };

        V1Job? Find(string name) => jobs.TryGet(NamespacedName.Of(run) with { Name = name }, out var job) ? job : null;
    }

    /// <summary>What the Job controller last said about a pod that it could not make, unless it has made one since.</summary>
    private string? RefusalOf(V1Job job) =>
        refusals.OwnedBy(job.Namespace(), job.Uid()).MaxBy(said => said.LastTimestamp) is { } last
        && Pods(job.Namespace(), job.Uid()).All(pod => pod.Created < last.LastTimestamp) ? last.Message : null;

    /// <summary>What the kubelet last said about a volume of a pod, a Secret that is not there for instance, unless it should have said so again meanwhile.</summary>
    private string? MountRefusalOf(string ns, PodReport pod, DateTimeOffset now) =>
        mountRefusals.OwnedBy(ns, pod.Uid).MaxBy(said => said.LastTimestamp) is { LastTimestamp: { } time } last && now - time < LongestMountRetry ? last.Message : null;

    private PodReport[] Pods(string ns, params string?[] jobUids) =>
        [.. jobUids.OfType<string>().Distinct().SelectMany(uid => pods.OwnedBy(ns, uid)).Select(PodReport.Of).OrderBy(pod => pod.Created).ThenBy(pod => !pod.HasEnded)];
}
