using System.Globalization;
using Inheritune.Operator.Entities;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Children;

/// <summary>The two Jobs of a run: one looks, without a GPU; one trains, with exactly one. Each is made once and never changed.</summary>
/// <param name="image">Image of the trainer, where a run names none.</param>
/// <param name="pullSecrets">Secrets of the run's namespace with which the kubelet fetches images.</param>
internal sealed class JobBuilder(string image, params IReadOnlyList<string> pullSecrets)
{
    private const int MetricsPort = 8080;

    public const string PreflightComponent = "preflight", TrainComponent = "train";

    public V1Job Preflight(V1Alpha1InheritRun run)
    {
        var pod = new PodBuilder(run, image).Build(PreflightComponent, attempt: 1);
        var container = pod.Spec.Containers[0];
        container.Args = ["preflight", PodBuilder.ManifestPath];
        container.Resources = new() { Requests = Quantities(("cpu", "250m"), ("memory", "1Gi")), Limits = Quantities(("memory", "1Gi")) };
        return Build(run, ChildNames.Preflight(run), PreflightComponent, pod);
    }

    /// <param name="run">The run.</param>
    /// <param name="attempt">Number of the first attempt of this Job, from 1.</param>
    /// <param name="graceSeconds">How long a pod has after SIGTERM to save a checkpoint.</param>
    public V1Job Train(V1Alpha1InheritRun run, int attempt, int graceSeconds)
    {
        var (resources, scheduling) = (run.Spec.Resources, run.Spec.Scheduling);
        var pod = new PodBuilder(run, image).Build(TrainComponent, attempt);
        var container = pod.Spec.Containers[0];
        container.Args = ["run", PodBuilder.ManifestPath];
        container.Ports = [new() { Name = "metrics", ContainerPort = MetricsPort }];
        container.Env.Add(new() { Name = "INHERITUNE_METRICS_PORT", Value = MetricsPort.ToString(CultureInfo.InvariantCulture) });
        container.Env.Add(new() { Name = "INHERITUNE_GRACE_SECONDS", Value = graceSeconds.ToString(CultureInfo.InvariantCulture) });
        pod.Spec.TerminationGracePeriodSeconds = graceSeconds;
        container.Resources = new()
        {
            Requests = Quantities(("cpu", resources.Cpu), ("memory", resources.Memory), ("ephemeral-storage", resources.Scratch), (resources.GpuResourceName, "1")),
            Limits = Quantities(("memory", resources.Memory), (resources.GpuResourceName, "1")),
        };
        // The preflight needs none of these: it runs where there are no GPUs.
        pod.Spec.RuntimeClassName = scheduling?.RuntimeClassName;
        pod.Spec.NodeSelector = scheduling?.NodeSelector.Count > 0 ? new Dictionary<string, string>(scheduling.NodeSelector) : null;
        return Build(run, ChildNames.Train(run), TrainComponent, pod);
    }

    private V1Job Build(V1Alpha1InheritRun run, string name, string component, V1PodTemplateSpec pod)
    {
        if (pullSecrets.Count > 0) pod.Spec.ImagePullSecrets = [.. pullSecrets.Select(secret => new V1LocalObjectReference { Name = secret })];
        var metadata = ChildNames.Metadata(run, name, component);
        foreach (var (key, value) in ChildNames.Queue(run)) metadata.Labels[key] = value;
        metadata.Annotations = new Dictionary<string, string> { ["argocd.argoproj.io/ignore-resource-updates"] = "true" };
        return new()
        {
            Metadata = metadata,
            Spec = new()
            {
                BackoffLimit = run.Spec.Retry.BackoffLimit,
                // Never two pods that write.
                PodReplacementPolicy = "Failed",
                // An old server drops this; the operator goes by the same rules either way.
                PodFailurePolicy = new()
                {
                    Rules =
                    [
                        new() { Action = "Ignore", OnPodConditions = [new() { Type = "DisruptionTarget", Status = "True" }] },
                        new() { Action = "FailJob", OnExitCodes = new() { ContainerName = PodBuilder.Container, OperatorProperty = "In", Values = [.. Enumerable.Range(20, 10)] } },
                        new() { Action = "Count", OnExitCodes = new() { ContainerName = PodBuilder.Container, OperatorProperty = "NotIn", Values = [0] } },
                    ],
                },
                Template = pod,
            },
        };
    }

    private static Dictionary<string, ResourceQuantity> Quantities(params (string Name, string Value)[] quantities) =>
        quantities.ToDictionary(quantity => quantity.Name, quantity => new ResourceQuantity(quantity.Value.ToString(CultureInfo.InvariantCulture)));
}
