using Inheritune.Api;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Entities;

/// <summary>The resource as an API server holds it: a manifest's spec, all of the metadata, and the status.</summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.Version, Kind = ApiGroup.Kind, PluralName = ApiGroup.Plural)]
[GenericAdditionalPrinterColumn(".status.summary", "STATUS", "string", Description = "What the run is doing, or how it ended.")]
[GenericAdditionalPrinterColumn(".status.progress.percent", "PROGRESS", "string", Description = "Share of the steps that is done.")]
[GenericAdditionalPrinterColumn(".status.progress.loss", "LOSS", "string", Description = "Training loss of the last logged steps, in nats per token; not to be compared with GAP, which is of the validation data.")]
[GenericAdditionalPrinterColumn(".status.progress.gap", "GAP", "string", Description = "Loss on the validation data, of the target less that of the reference, in nats per token.")]
[GenericAdditionalPrinterColumn(".status.progress.eta", "ETA", "string", Description = "Estimated time to the end of training.")]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "AGE", "date", Description = "Time since the run was created.")]
[GenericAdditionalPrinterColumn(@".metadata.labels.kueue\.x-k8s\.io/queue-name", "QUEUE", "string", Description = "Kueue's queue that the run asks for.", Priority = 1)]
[GenericAdditionalPrinterColumn(".status.job.nodeName", "NODE", "string", Description = "Node of the current or last pod.", Priority = 1)]
[GenericAdditionalPrinterColumn(".status.job.attempt", "ATTEMPTS", "integer", Description = "Number of attempts begun.", Priority = 1)]
public sealed class V1Alpha1InheritRun : IKubernetesObject<V1ObjectMeta>, ISpec<InheritRunSpec>, IStatus<InheritRunStatus?>
{
    public string ApiVersion { get; set; } = ApiGroup.ApiVersion;

    public string Kind { get; set; } = ApiGroup.Kind;

    public V1ObjectMeta Metadata { get; set; } = new();

    public InheritRunSpec Spec { get; set; } = new();

    public InheritRunStatus? Status { get; set; }
}
