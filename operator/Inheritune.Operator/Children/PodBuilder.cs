using System.Globalization;
using Inheritune.Api;
using Inheritune.Operator.Entities;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Children;

/// <summary>What the pods of both Jobs have in common: the manifest, credentials and scratch space as files, and the pod security standard "restricted".</summary>
internal sealed class PodBuilder(V1Alpha1InheritRun run, string image)
{
    public const string Container = "trainer";
    public const string ManifestPath = $"{Folder}/run.yaml";

    private const string Folder = "/etc/inheritune";
    private const string Credentials = "/etc/inheritune-credentials";
    private const string Authorities = "/etc/inheritune-ca";
    private const string Scratch = "/scratch";
    private const string TerminationLog = "/dev/termination-log";

    /// <summary>Nobody on any node; the image may name another, which the standard would have to take on trust.</summary>
    private const int User = 65532;

    public V1PodTemplateSpec Build(string component, int attempt) => new()
    {
        Metadata = new()
        {
            Labels = ChildNames.Labels(run, component),
            Annotations = new Dictionary<string, string>
            {
                [ChildNames.ManifestAnnotation] = Manifest(),
                ["argocd.argoproj.io/ignore-resource-updates"] = "true",
            },
        },
        Spec = new()
        {
            RestartPolicy = "Never",
            ServiceAccountName = ChildNames.Account(run),
            AutomountServiceAccountToken = true,
            EnableServiceLinks = false,
            SecurityContext = new() { RunAsNonRoot = true, RunAsUser = User, RunAsGroup = User, FsGroup = User, SeccompProfile = new() { Type = "RuntimeDefault" } },
            PriorityClassName = run.Spec.Scheduling?.PriorityClassName,
            Tolerations = [.. (run.Spec.Scheduling?.Tolerations ?? []).Select(Toleration)],
            Volumes = [.. Mounts().Select(mount => mount.Volume)],
            Containers =
            [
                new()
                {
                    Name = Container,
                    Image = run.Spec.Image ?? image,
                    Env = Environment(attempt),
                    TerminationMessagePath = TerminationLog,
                    SecurityContext = new() { AllowPrivilegeEscalation = false, ReadOnlyRootFilesystem = true, Capabilities = new() { Drop = ["ALL"] } },
                    VolumeMounts = [.. Mounts().Select(mount => new V1VolumeMount { Name = mount.Volume.Name, MountPath = mount.Path, ReadOnlyProperty = mount.Path != Scratch ? true : null })],
                },
            ],
        },
    };

    /// <summary>The run as the trainer reads it; JSON is YAML.</summary>
    private string Manifest() => KubernetesJson.Serialize(new InheritRun
    {
        ApiVersion = ApiGroup.ApiVersion,
        Kind = ApiGroup.Kind,
        Metadata = new() { Name = run.Name(), Namespace = run.Namespace() },
        Spec = run.Spec,
    });

    private List<V1EnvVar> Environment(int attempt)
    {
        List<V1EnvVar> variables =
        [
            new() { Name = "INHERITUNE_RUN_NAME", Value = run.Name() },
            new() { Name = "INHERITUNE_RUN_NAMESPACE", Value = run.Namespace() },
            new() { Name = "INHERITUNE_ATTEMPT", Value = attempt.ToString(CultureInfo.InvariantCulture) },
            new() { Name = "INHERITUNE_TERMINATION_LOG", Value = TerminationLog },
            new() { Name = "INHERITUNE_CACHE", Value = $"{Scratch}/cache" },
            new() { Name = "TMPDIR", Value = Scratch },
            new() { Name = "HOME", Value = Scratch },
        ];
        if (run.Spec.Storage.CredentialsSecretRef is not null) variables.Add(new() { Name = "INHERITUNE_S3_CREDENTIALS", Value = Credentials });
        if (run.Spec.Storage.CaBundleRef is { } authorities) variables.Add(new() { Name = "AWS_CA_BUNDLE", Value = $"{Authorities}/{authorities.Key}" });
        return variables;
    }

    private IEnumerable<(string Path, V1Volume Volume)> Mounts()
    {
        var manifest = new V1DownwardAPIVolumeFile { Path = "run.yaml", FieldRef = new() { FieldPath = $"metadata.annotations['{ChildNames.ManifestAnnotation}']" } };
        yield return (Folder, new() { Name = "manifest", DownwardAPI = new() { Items = [manifest] } });
        yield return (Scratch, new() { Name = "scratch", EmptyDir = new() { SizeLimit = new ResourceQuantity(run.Spec.Resources.Scratch) } });
        // The kubelet mounts it; the operator never reads it.
        if (run.Spec.Storage.CredentialsSecretRef is { } secret)
            yield return (Credentials, new() { Name = "credentials", Secret = new() { SecretName = secret.Name, DefaultMode = 0b100_100_000 } });
        if (run.Spec.Storage.CaBundleRef is { } authorities)
            yield return (Authorities, new() { Name = "authorities", ConfigMap = new() { Name = authorities.Name, Items = [new() { Key = authorities.Key, Path = authorities.Key }] } });
    }

    private static V1Toleration Toleration(Toleration toleration) => new()
    {
        Key = toleration.Key,
        OperatorProperty = toleration.Operator?.ToString(),
        Value = toleration.Value,
        Effect = toleration.Effect?.ToString(),
        TolerationSeconds = toleration.TolerationSeconds,
    };
}
