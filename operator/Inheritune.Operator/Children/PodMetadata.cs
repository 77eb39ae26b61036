using Inheritune.Api;
using Inheritune.Operator.Entities;
using k8s.Models;

namespace Inheritune.Operator.Children;

/// <summary>
/// Labels and annotations of a run's pods. Of those who name a key the first counts: the operator, the run, the cluster, and then what
/// keeps sidecars out.
/// </summary>
internal static class PodMetadata
{
    /// <summary>
    /// Istio, Kuma, Linkerd, Vault and Consul put their containers beside the trainer's. Such a container goes on when the trainer has
    /// ended, and holds the GPU.
    /// </summary>
    private static readonly Dictionary<string, string> NoSidecarLabels = new()
    {
        ["sidecar.istio.io/inject"] = "false",
        ["kuma.io/sidecar-injection"] = "disabled",
    };

    private static readonly Dictionary<string, string> NoSidecarAnnotations = new(NoSidecarLabels)
    {
        ["linkerd.io/inject"] = "disabled",
        ["vault.hashicorp.com/agent-inject"] = "false",
        ["consul.hashicorp.com/connect-inject"] = "false",
    };

    public static V1ObjectMeta Of(V1Alpha1InheritRun run, PodSpec given, string component, string manifest)
    {
        var (labels, annotations) = (ChildNames.Labels(run, component), new Dictionary<string, string>
        {
            [ChildNames.ManifestAnnotation] = manifest,
            ["argocd.argoproj.io/ignore-resource-updates"] = "true",
        });
        Add(labels, given.Labels);
        Add(annotations, given.Annotations);
        // Whoever names an injector's key as a label does not want the opposite as an annotation.
        var named = labels.Keys.Concat(annotations.Keys).ToHashSet();
        Add(labels, NoSidecarLabels.ExceptBy(named, one => one.Key));
        Add(annotations, NoSidecarAnnotations.ExceptBy(named, one => one.Key));
        return new() { Labels = labels, Annotations = annotations };
    }

    private static void Add(Dictionary<string, string> map, IEnumerable<KeyValuePair<string, string>> more)
    {
        foreach (var (key, value) in more) map.TryAdd(key, value);
    }
}
