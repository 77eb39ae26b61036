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
internal sealed class ChildKeeper(ApiClient client, JobBuilder jobs)
{
    /// <summary>Runs whose account was made for the preflight and serves the first training Job too. Whatever comes later makes sure anew.</summary>
    private readonly ConcurrentDictionary<string, bool> _withAccount = new();

    private readonly ConcurrentDictionary<string, string> _refusals = new();

    /// <param name="run">The run, as the store shows it.</param>
    /// <param name="action">What is to be done.</param>
    /// <param name="latest">The run as the API server had it just now, where it was asked.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ApiException">A conflict: what the action rests on is no longer so.</exception>
    public Task ExecuteAsync(V1Alpha1InheritRun run, ChildAction action, V1Alpha1InheritRun? latest, CancellationToken stop) => action switch
    {
        ChildAction.CreatePreflight => CreatePreflightAsync(run, latest, stop),
        ChildAction.CreateTrain create => CreateAsync(run, jobs.Train(run, create.Attempt), latest, stop),
        ChildAction.Delete delete => GoneAsync(() => client.DeleteAsync<V1Job>(NamespacedName.Of(delete.Job), stop, "Foreground", delete.Job.Uid())),
        ChildAction.DeleteAccount => DeleteAccountAsync(run, stop),
        _ => throw new InvalidOperationException($"Unknown action {action}"),
    };

    /// <summary>Why the last try to make a Job of the run failed, where it takes someone to change that, such as the owner of a quota.</summary>
    public string? RefusalOf(V1Alpha1InheritRun run) => _refusals.GetValueOrDefault(run.Uid());

    public void Forget(V1Alpha1InheritRun run)
    {
        _withAccount.TryRemove(run.Uid(), out _);
        _refusals.TryRemove(run.Uid(), out _);
    }

    private async Task CreatePreflightAsync(V1Alpha1InheritRun run, V1Alpha1InheritRun? latest, CancellationToken stop)
    {
        await CreateAsync(run, jobs.Preflight(run), latest, stop);
        _withAccount[run.Uid()] = true;
    }

    private async Task CreateAsync(V1Alpha1InheritRun run, V1Job job, V1Alpha1InheritRun? latest, CancellationToken stop)
    {
        // The store may lag behind: a run that has ended or been paused meanwhile must get no GPU.
        var now = latest ?? await client.GetAsync<V1Alpha1InheritRun>(NamespacedName.Of(run), stop);
        if (now.Uid() != run.Uid() || now.Metadata.DeletionTimestamp is not null || now.Spec.Suspend || now.Status?.IsFinished() == true) return;

        try
        {
            // Before the Job: its first pod wants the account.
            if (!_withAccount.TryRemove(run.Uid(), out _)) await CreateAccountAsync(run, stop);
            await client.CreateAsync(job, stop);
            _refusals.TryRemove(run.Uid(), out _);
        }
        catch (ApiException e) when (e is { IsTransient: false, IsConflict: false })
        {
            _refusals[run.Uid()] = e.Message;
            throw;
        }
        catch (ApiException e) when (e.IsConflict)
        {
            // The name follows from the run: made before, and the store does not show it yet. Or by someone else.
            var other = await client.GetAsync<V1Job>(NamespacedName.Of(job), stop);
            if (!ChildNames.Owns(run, other)) throw new ApiException($"Job {NamespacedName.Of(job)} exists and does not belong to this InheritRun; delete it, or create the run under another name", e.Status, e);
        }
    }

    private async Task CreateAccountAsync(V1Alpha1InheritRun run, CancellationToken stop)
    {
        await Task.WhenAll(OnceAsync(() => client.CreateAsync(AccountBuilder.Account(run), stop)), OnceAsync(() => client.CreateAsync(AccountBuilder.Role(run), stop)));
        // The API server looks at the role to see whether we may give it.
        await OnceAsync(() => client.CreateAsync(AccountBuilder.Binding(run), stop));
    }

    private async Task DeleteAccountAsync(V1Alpha1InheritRun run, CancellationToken stop)
    {
        var key = NamespacedName.Of(run) with { Name = ChildNames.Account(run) };
        await GoneAsync(() => client.DeleteAsync<V1RoleBinding>(key, stop));
        await GoneAsync(() => client.DeleteAsync<V1Role>(key, stop));
        await GoneAsync(() => client.DeleteAsync<V1ServiceAccount>(key, stop));
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
}
