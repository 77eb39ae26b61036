using System.Globalization;
using Inheritune.Api;
using Inheritune.Operator.Entities;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Children;

/// <summary>The two Jobs of a run: one looks, without a GPU; one trains, with exactly one. Each is made once and never changed.</summary>
/// <param name="image">Image of the trainer, where a run names none.</param>
/// <param name="options">What holds for the pods of all runs; null for nothing.</param>
internal sealed class JobBuilder(string image, PodOptions? options = null)
{
    private const int MetricsPort = 8080;
    private const string GpuClaim = "gpu";
    private const string MetricsPortName = "metrics";

    public const string PreflightComponent = "preflight", TrainComponent = "train";

    private readonly PodOptions _options = options ?? new();

    public V1Job Preflight(V1Alpha1InheritRun run)
    {
        var given = run.Spec.Preflight ?? new();
        // A run with an image of its own may read what ours cannot.
        var builder = new PodBuilder(run, given.Image ?? run.Spec.Image ?? _options.PreflightImage ?? image, _options);
        var pod = builder.Build(PreflightComponent, attempt: 1);
        var container = pod.Spec.Containers[0];
        container.Args = ["preflight", PodBuilder.ManifestPath];
        // Much less than one processor is enough, but as a limit it would make it slow.
        container.Resources = new()
        {
            Requests = Quantities(("cpu", run.Spec.Resources.LimitCpu ? "1" : "250m"), ("memory", given.Memory)),
            Limits = Quantities(("memory", given.Memory)),
        };
        Limit(container, run.Spec.Resources);
        pod.Spec.NodeSelector = Placement.Nodes(given.NodeSelector);
        pod.Spec.Tolerations = Placement.Tolerations(given.Tolerations ?? builder.Scheduling.Tolerations);
        return Build(run, ChildNames.Preflight(run), PreflightComponent, pod);
    }

    /// <param name="run">The run.</param>
    /// <param name="attempt">Number of the first attempt of this Job, from 1.</param>
    /// <param name="graceSeconds">How long a pod has after SIGTERM to save a checkpoint.</param>
    /// <param name="isSuccessor">An earlier Job, which cannot end, has the name.</param>
    public V1Job Train(V1Alpha1InheritRun run, int attempt, int graceSeconds, bool isSuccessor = false)
    {
        var builder = new PodBuilder(run, run.Spec.Image ?? image, _options);
        var (resources, scheduling, pod) = (run.Spec.Resources, builder.Scheduling, builder.Build(TrainComponent, attempt));
        var container = pod.Spec.Containers[0];
        container.Args = ["run", PodBuilder.ManifestPath];
        container.Ports = [new() { Name = MetricsPortName, ContainerPort = MetricsPort }];
        (container.StartupProbe, container.LivenessProbe) = (Liveness.Startup(MetricsPortName), Liveness.Running(MetricsPortName));
        container.Env.Add(new() { Name = "INHERITUNE_PROGRESS_TIMEOUT_SECONDS", Value = Liveness.SilenceSeconds(run.Spec).ToString(CultureInfo.InvariantCulture) });
        container.Env.Add(new() { Name = "INHERITUNE_METRICS_PORT", Value = MetricsPort.ToString(CultureInfo.InvariantCulture) });
        container.Env.Add(new() { Name = "INHERITUNE_GRACE_SECONDS", Value = graceSeconds.ToString(CultureInfo.InvariantCulture) });
        pod.Spec.TerminationGracePeriodSeconds = graceSeconds;
        container.Resources = new()
        {
            Requests = Quantities(("cpu", resources.Cpu), ("memory", resources.Memory), ("ephemeral-storage", resources.Scratch)),
            Limits = Quantities(("memory", resources.Memory)),
        };
        if (resources.ResourceClaimTemplateName is { } template)
        {
            pod.Spec.ResourceClaims = [new() { Name = GpuClaim, ResourceClaimTemplateName = template }];
            container.Resources.Claims = [new() { Name = GpuClaim }];
        }
        else
        {
            container.Resources.Requests[resources.GpuResourceName] = container.Resources.Limits[resources.GpuResourceName] = new("1");
        }

        Limit(container, resources);
        // The preflight has none of these: it runs where there are no GPUs.
        pod.Spec.RuntimeClassName = scheduling.RuntimeClassName;
        pod.Spec.NodeSelector = Placement.Nodes(scheduling.NodeSelector);
        pod.Spec.Tolerations = Placement.Tolerations(scheduling.Tolerations);
        pod.Spec.Affinity = Placement.Affinity(scheduling.NodeAffinity);
        pod.Spec.TopologySpreadConstraints = Placement.Spread(scheduling.TopologySpreadConstraints, ChildNames.Kin(TrainComponent));
        return Build(run, isSuccessor ? ChildNames.Successor(run, attempt) : ChildNames.Train(run), TrainComponent, pod);
    }

    private static void Limit(V1Container container, ResourcesSpec resources)
    {
        if (resources.LimitCpu) container.Resources.Limits["cpu"] = container.Resources.Requests["cpu"];
    }

    private static V1Job Build(V1Alpha1InheritRun run, string name, string component, V1PodTemplateSpec pod)
    {
        var metadata = ChildNames.Metadata(run, name, component);
        foreach (var (key, value) in ChildNames.Queue(run)) metadata.Labels[key] = value;
        metadata.Annotations = new Dictionary<string, string> { ["argocd.argoproj.io/ignore-resource-updates"] = "true" };
        return new()
        {
            Metadata = metadata,
            Spec = new()
            {
                // One Job is one attempt. The operator counts them, on old servers and new ones alike, and knows what the Job controller does not: what an
                // exit code means, and whether an attempt came forward. In a queue of Kueue a new Job is a new turn; while the run pauses, others have the GPU.
                BackoffLimit = 0,
                // Never two pods that write, where a pod is deleted and the Job goes on; an old server drops this.
                PodReplacementPolicy = "Failed",
                Template = pod,
            },
        };
    }

    private static Dictionary<string, ResourceQuantity> Quantities(params (string Name, string Value)[] quantities) =>
        quantities.ToDictionary(quantity => quantity.Name, quantity => new ResourceQuantity(quantity.Value.ToString(CultureInfo.InvariantCulture)));
}
