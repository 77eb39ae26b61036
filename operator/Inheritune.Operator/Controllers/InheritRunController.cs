using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Rbac;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>Leads a run from its creation to its end. Everything is decided anew from what is there; nothing rests on what happened while someone looked.</summary>
/// <param name="refusals">Events of the Job controller about pods that it could not make, owned by what they are about.</param>
/// <param name="outputs">Which run has which output.</param>
/// <param name="troubles">Events about what keeps nodes from preparing pods, owned likewise.</param>
[EntityRbac(typeof(V1Alpha1InheritRun), Verbs = RbacVerb.List | RbacVerb.Watch)]
[EntityRbac(typeof(V1Job), Verbs = RbacVerb.List | RbacVerb.Watch)]
[EntityRbac(typeof(V1Pod), Verbs = RbacVerb.List | RbacVerb.Watch)]
[EntityRbac(typeof(Corev1Event), Verbs = RbacVerb.List | RbacVerb.Watch)]
internal sealed class InheritRunController(
    ObjectStore<V1Job> jobs, ObjectStore<V1Pod> pods, ObjectStore<Corev1Event> refusals, IReadOnlyList<ObjectStore<Corev1Event>> troubles,
    Hearing hearing, OutputHolders outputs, TenantLimits limits, StatusWriter statuses, ChildKeeper children, EventRecorder events, TimeProvider time)
    : IEntityController<V1Alpha1InheritRun>
{
    /// <summary>A kubelet tries again after two minutes at the latest, and tells of what happens again and again every five.</summary>
    private static readonly TimeSpan LongestTrouble = TimeSpan.FromMinutes(6);

    public async Task<ReconciliationResult<V1Alpha1InheritRun>> ReconcileAsync(V1Alpha1InheritRun entity, CancellationToken cancellationToken)
    {
        // 1. A run on its way out takes its children along, by their owner references. One that the store shows as it was before our last write comes again.
        if (entity.Metadata.DeletionTimestamp is not null || statuses.IsStale(entity)) return ReconciliationResult<V1Alpha1InheritRun>.Success(entity);

        // 2. What is there.
        var seen = Observe(statuses.Believe(entity)) with { Forbidden = limits.Against(entity.Spec) };
        if (seen.WithoutPod is { } job) seen = seen with { PodRefusal = RefusalOf(job) };
        if (seen.Unprepared is { } pod) seen = seen with { Trouble = TroubleOf(entity.Namespace(), pod, seen.Now) };

        // 3. What follows from it.
        var plan = RunPlan.Of(seen);

        if (plan.FindsSilence(seen.Status) && !await hearing.ConfirmsAsync(entity, cancellationToken))
            return ReconciliationResult<V1Alpha1InheritRun>.Success(entity, RunState.Moment);

        // 4. First it is written down, once: an end that nobody knows of would be followed by another attempt.
        var written = await statuses.WriteAsync(entity, plan, cancellationToken);

        // 5. Then it is done. What fails is planned again.
        var done = new List<ChildAction>();
        foreach (var action in plan.Actions)
            if (await children.ExecuteAsync(entity, action, written, cancellationToken)) done.Add(action);
        if (done.Count == plan.Actions.Count) children.Settle(entity);

        // 6. Then it is told.
        if (written is not null) RunMetrics.Count(seen.Run, plan, seen.Now);
        foreach (var (type, reason, action, note) in RunEvents.Between(seen.Status, plan with { Actions = done }))
            events.Record(entity, type, reason, action, note);

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
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        var preflight = Find(ChildNames.Preflight(run));
        var own = jobs.OwnedBy(run.Namespace(), run.Uid()).Where(job => ChildNames.IsTrain(run, job.Name())).Select(Seen).ToArray();
        var deserted = own.Where(job => job.IsGoing() && LossPolicy.DesertedFrom(job, Pods(run.Namespace(), job.Uid())) <= now).ToArray();
        var other = Find(ChildNames.Train(run)) is { } found && !ChildNames.Owns(run, found) ? found : null;
        var train = own.Except(deserted).MaxBy(job => job.Metadata.CreationTimestamp) ?? other;
        return new(run, preflight, train, Pods(run.Namespace(), Own(preflight)), Pods(run.Namespace(), Own(train), run.Status?.Job?.Uid), now)
        {
            HearingSince = hearing.Since, Deserted = deserted,
            Refusal = children.RefusalOf(run),
            Occupant = run.Status is null or { Job: null } && run.Status?.IsFinished() != true ? outputs.Of(run) : null,
        };

        // A Job of this name may be an earlier run's, whose pods say nothing about this one.
        string? Own(V1Job? job) => job is not null && ChildNames.Owns(run, job) ? job.Uid() : null;

        V1Job? Find(string name) => jobs.TryGet(NamespacedName.Of(run) with { Name = name }, out var job) ? Seen(job) : null;

        V1Job Seen(V1Job job)
        {
            if (children.HasDeleted(run, job)) job.Metadata.DeletionTimestamp ??= now.UtcDateTime;
            return job;
        }
    }

    /// <summary>What the Job controller last said about a pod that it could not make, unless it has made one since.</summary>
    private string? RefusalOf(V1Job job) =>
        refusals.OwnedBy(job.Namespace(), job.Uid()).MaxBy(said => said.LastTimestamp) is { } last
        && Pods(job.Namespace(), job.Uid()).All(pod => pod.Created < last.LastTimestamp) ? last.Message : null;

    /// <summary>What was last said about the preparation of a pod, unless it should have been said again meanwhile.</summary>
    private SetupTrouble? TroubleOf(string ns, PodReport pod, DateTimeOffset now) =>
        troubles.SelectMany(store => store.OwnedBy(ns, pod.Uid)).MaxBy(said => said.LastTimestamp) is { LastTimestamp: { } time } last
        && now - time < LongestTrouble ? new(last.Reason, last.Message) : null;

    private PodReport[] Pods(string ns, params string?[] jobUids) =>
        [.. jobUids.OfType<string>().Distinct().SelectMany(uid => pods.OwnedBy(ns, uid)).Select(PodReport.Of).OrderBy(pod => pod.Created).ThenBy(pod => !pod.HasEnded)];
}
