using System.Collections.Concurrent;
using Inheritune.Operator.Children;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Rbac;
using Inheritune.Operator.Runtime;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>Makes and deletes the children of runs.</summary>
[EntityRbac(typeof(V1Job), Verbs = RbacVerb.Get | RbacVerb.Create | RbacVerb.Delete)]
[EntityRbac(typeof(V1ServiceAccount), Verbs = RbacVerb.Create | RbacVerb.Delete)]
[EntityRbac(typeof(V1Role), Verbs = RbacVerb.Create | RbacVerb.Delete)]
[EntityRbac(typeof(V1RoleBinding), Verbs = RbacVerb.Create | RbacVerb.Delete)]
[EntityRbac(typeof(V1Alpha1InheritRun), Verbs = RbacVerb.Get)]
internal sealed class ChildKeeper(ApiClient client, JobBuilder jobs, TimeProvider time)
{
    /// <summary>Of a request that is refused, again and again.</summary>
    private static readonly Backoff Tries = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

    private readonly ConcurrentDictionary<string, Memory> _memories = new();

    /// <param name="run">The run, as the store shows it.</param>
    /// <param name="action">What is to be done.</param>
    /// <param name="latest">The run as the API server had it just now, where it was asked.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>False when it was refused a moment ago and is not tried again yet.</returns>
    /// <exception cref="ApiException">Refused, or no answer; or a conflict: what the action rests on is no longer so.</exception>
    public async Task<bool> ExecuteAsync(V1Alpha1InheritRun run, ChildAction action, V1Alpha1InheritRun? latest, CancellationToken stop)
    {
        var memory = Remember(run);
        if (memory.Refusal?.Retry > time.GetUtcNow()) return false;
        try
        {
            await (action switch
            {
                ChildAction.CreatePreflight => CreatePreflightAsync(run, latest, stop),
                ChildAction.CreateTrain create => CreateAsync(run, jobs.Train(run, create.Attempt, create.GraceSeconds, create.IsSuccessor), latest, stop),
                ChildAction.Delete delete => DeleteAsync(run, delete.Job, stop),
                ChildAction.DeleteAccount => DeleteAccountAsync(run, stop),
                _ => throw new InvalidOperationException($"Unknown action {action}"),
            });
        }
        catch (ApiException e) when (e.Status is not null)
        {
            var now = time.GetUtcNow();
            memory.Refusal = new(e.Message, e.IsTransient ? memory.Refusal?.Since ?? now : null, now + Tries.After(++memory.Refusals));
            throw;
        }

        return true;
    }

    /// <summary>All that was to be done for the run is done; what was refused before is of no interest any more.</summary>
    public void Settle(V1Alpha1InheritRun run)
    {
        if (_memories.TryGetValue(run.Uid(), out var memory)) (memory.Refusal, memory.Refusals) = (null, 0);
    }

    /// <summary>What the API server said to the last try to do something for the run; null when it was done.</summary>
    public Refusal? RefusalOf(V1Alpha1InheritRun run) => _memories.GetValueOrDefault(run.Uid())?.Refusal;

    /// <summary>The Job is on its way out, whether the store shows that yet or not.</summary>
    public bool HasDeleted(V1Alpha1InheritRun run, V1Job job) =>
        _memories.GetValueOrDefault(run.Uid())?.Deleted.Contains(job.Uid()) == true;

    public void Forget(V1Alpha1InheritRun run) => _memories.TryRemove(run.Uid(), out _);

    private async Task CreatePreflightAsync(V1Alpha1InheritRun run, V1Alpha1InheritRun? latest, CancellationToken stop)
    {
        await CreateAsync(run, jobs.Preflight(run), latest, stop);
        Remember(run).HasAccount = true;
    }

    private async Task CreateAsync(V1Alpha1InheritRun run, V1Job job, V1Alpha1InheritRun? latest, CancellationToken stop)
    {
        var memory = Remember(run);
        if (memory.Job == job.Name() && time.GetElapsedTime(memory.Made) < RunState.Moment) return;

        // The store may lag behind: a run that has ended or been paused meanwhile must get no GPU.
        var now = latest ?? await client.GetAsync<V1Alpha1InheritRun>(NamespacedName.Of(run), stop);
        if (now.Uid() != run.Uid() || now.Metadata.DeletionTimestamp is not null || now.Spec.Suspend || now.Status?.IsFinished() == true) return;

        try
        {
            // Before the Job: its first pod wants the account.
            if (!memory.HasAccount) await CreateAccountAsync(run, stop);
            await client.CreateAsync(job, stop);
            (memory.Job, memory.Made, memory.HasAccount) = (job.Name(), time.GetTimestamp(), false);
        }
        catch (ApiException e) when (e.IsConflict)
        {
            // The name follows from the run: made before, and the store does not show it yet. Or by someone else.
            var other = await client.GetAsync<V1Job>(NamespacedName.Of(job), stop);
            if (!ChildNames.Owns(run, other)) throw new ApiException($"Job {NamespacedName.Of(job)} exists and does not belong to this InheritRun; delete it, or create the run under another name", e.Status, e);
        }    }

    private Memory Remember(V1Alpha1InheritRun run) => _memories.GetOrAdd(run.Uid(), _ => new());

    private async Task CreateAccountAsync(V1Alpha1InheritRun run, CancellationToken stop)
    {
        var isOurs = run.Spec.ServiceAccountName is null;
        var account = isOurs ? OnceAsync(() => client.CreateAsync(AccountBuilder.Account(run), stop)) : Task.CompletedTask;
        await Task.WhenAll(account, OnceAsync(() => client.CreateAsync(AccountBuilder.Role(run), stop)));
        // The API server looks at the role to see whether we may give it.
        await OnceAsync(() => client.CreateAsync(AccountBuilder.Binding(run), stop));
    }

    private async Task DeleteAsync(V1Alpha1InheritRun run, V1Job job, CancellationToken stop)
    {
        var memory = Remember(run);
        memory.Job = null;
        await GoneAsync(() => client.DeleteAsync<V1Job>(NamespacedName.Of(job), stop, "Foreground", job.Uid()));
        memory.Deleted.Add(job.Uid());
    }

    private async Task DeleteAccountAsync(V1Alpha1InheritRun run, CancellationToken stop)
    {
        var key = NamespacedName.Of(run) with { Name = ChildNames.Account(run) };
        await GoneAsync(() => client.DeleteAsync<V1RoleBinding>(key, stop));
        await GoneAsync(() => client.DeleteAsync<V1Role>(key, stop));
        if (run.Spec.ServiceAccountName is null) await GoneAsync(() => client.DeleteAsync<V1ServiceAccount>(key, stop));
    }

    private static async Task OnceAsync(Func<Task> create)
    {
        try
        {
            await create();
        }
        catch (ApiException e) when (e.IsConflict)
        {
            // Its name has the run's UID in it: it is the one.
        }
    }

    private static async Task GoneAsync(Func<Task> delete)
    {
        try
        {
            await delete();
        }
        catch (ApiException e) when (e.IsConflict || (e.IsNotFound && !e.IsNotServed))
        {
            // Gone, or another of the same name has come.
        }
    }

    /// <summary>What the store does not show of a run. One worker at a time has a run; who forgets all this does no harm.</summary>
    private sealed class Memory
    {
        /// <summary>The account was made with the preflight and serves the first training Job too. Whatever comes later makes sure anew.</summary>
        public bool HasAccount { get; set; }

        /// <summary>The newest Job, and when it was made: the store shows it a little later, and it need not be made again meanwhile.</summary>
        public string? Job { get; set; }

        public long Made { get; set; }

        /// <summary>UIDs of Jobs that were deleted; nothing takes that back, and the store shows it a little later.</summary>
        public HashSet<string> Deleted { get; } = [];

        public Refusal? Refusal { get; set; }

        /// <summary>How many there were in a row.</summary>
        public int Refusals { get; set; }
    }
}
