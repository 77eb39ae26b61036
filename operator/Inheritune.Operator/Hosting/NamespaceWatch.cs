using Inheritune.Operator.Children;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Entities;
using Inheritune.Operator.Runtime;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Inheritune.Operator.Hosting;

/// <summary>The runs of a namespace, or of all, with their Jobs and pods, and the controller that leads them.</summary>
internal sealed class NamespaceWatch : IDisposable
{
    private readonly Informer<V1Alpha1InheritRun> _runs;
    private readonly Informer<V1Job> _jobs;
    private readonly Informer<V1Pod> _pods;
    private readonly Informer<Corev1Event> _refusals;
    private readonly Informer<Corev1Event>[] _troubles;
    private readonly WorkQueue _queue;

    /// <param name="ns">Null for all namespaces.</param>
    public NamespaceWatch(
        ApiClient client, string? ns, JobBuilder builder, OutputHolders outputs, TenantLimits limits, EventRecorder events, ILoggerFactory logging)
    {
        var children = new InformerOptions { Namespace = ns, LabelSelector = ChildNames.Selector };
        _runs = new(client, new() { Namespace = ns }, TimeProvider.System, logging.CreateLogger<Informer<V1Alpha1InheritRun>>());
        _jobs = new(client, children, TimeProvider.System, logging.CreateLogger<Informer<V1Job>>()) { Trim = Trim };
        _pods = new(client, children, TimeProvider.System, logging.CreateLogger<Informer<V1Pod>>()) { Trim = Trim };
        // Nothing but an Event says that a quota, for instance, keeps a Job from having a pod, or a missing Secret a pod from having a container.
        _refusals = Events("involvedObject.kind=Job,reason=FailedCreate");
        // One selector for each: a field has one value.
        _troubles = [.. PodState.SetupTroubles.Select(reason => Events($"involvedObject.kind=Pod,reason={reason}"))];
        outputs.Add(_runs.Store);
        _queue = new(ns is null ? "inheritruns" : $"inheritruns-{ns}", TimeProvider.System);
        var hearing = new Hearing(client, () => _runs.HearingSince, TimeProvider.System);
        var reconciler = new InheritRunController(
            _jobs.Store, _pods.Store, _refusals.Store, [.. _troubles.Select(informer => informer.Store)], hearing, outputs, limits,
            new StatusWriter(client), new ChildKeeper(client, builder, TimeProvider.System), events, TimeProvider.System);
        var controller = new Controller<V1Alpha1InheritRun>(_runs, reconciler, _queue, new(), TimeProvider.System, logging.CreateLogger<Controller<V1Alpha1InheritRun>>());
        controller.Owns(_jobs);
        // A pod's owner is its Job; its label says which run it is of.
        controller.Watches(_pods, pod => pod.Labels().TryGetValue(ChildNames.RunLabel, out var run) ? [run] : []);
        controller.Watches(_refusals, said => ChildNames.RunOf(said.InvolvedObject.Name) is { } run ? [run] : []);
        foreach (var troubles in _troubles)
            controller.Watches(troubles, said => _pods.Store.TryGet(new(said.InvolvedObject.NamespaceProperty, said.InvolvedObject.Name), out var pod) && pod.Labels().TryGetValue(ChildNames.RunLabel, out var run) ? [run] : []);
        Controller = controller;

        // A watch of Events has no bookmarks to show that it lives, so it is a short one.
        Informer<Corev1Event> Events(string selector) =>
            new(client, new() { Namespace = ns, FieldSelector = selector, WatchTime = TimeSpan.FromMinutes(1) }, TimeProvider.System, logging.CreateLogger<Informer<Corev1Event>>()) { Trim = Trim };
    }

    public IController Controller { get; }

    public ObjectStore<V1Alpha1InheritRun> Runs => _runs.Store;

    /// <summary>Done when all stores have first been filled.</summary>
    public Task Synced => Task.WhenAll(_runs.Synced, _jobs.Synced, _pods.Synced, _refusals.Synced, Task.WhenAll(_troubles.Select(informer => informer.Synced)));

    /// <summary>Time since the API server gave a sign of life on the quietest of the watches.</summary>
    public TimeSpan Silence => _troubles.Select(informer => informer.Silence).Concat([_runs.Silence, _jobs.Silence, _pods.Silence, _refusals.Silence]).Max();

    /// <summary>Fills the stores and keeps them up to date, leader or not.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(_runs.RunAsync(stop), _jobs.RunAsync(stop), _pods.RunAsync(stop), _refusals.RunAsync(stop), Task.WhenAll(_troubles.Select(informer => informer.RunAsync(stop))));

    public void Dispose() => _queue.Dispose();

    /// <summary>What is in the template is never looked at again.</summary>
    private static void Trim(V1Job job) => job.Spec.Template = null;

    /// <summary>What it is about counts as its owner, by which the store finds it.</summary>
    private static void Trim(Corev1Event said) =>
        said.Metadata.OwnerReferences = [new() { ApiVersion = said.InvolvedObject.ApiVersion, Kind = said.InvolvedObject.Kind, Name = said.InvolvedObject.Name, Uid = said.InvolvedObject.Uid }];

    /// <summary>Where the pod is and how it does; the manifest among its annotations is as large as all that.</summary>
    private static void Trim(V1Pod pod) => (pod.Spec, pod.Metadata.Annotations) = (new() { NodeName = pod.Spec.NodeName }, null);
}
