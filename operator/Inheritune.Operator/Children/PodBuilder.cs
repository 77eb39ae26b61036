using System.Globalization;
using Inheritune.Api;
using Inheritune.Operator.Entities;
using k8s;
using k8s.Models;

namespace Inheritune.Operator.Children;

/// <summary>What the pods of both Jobs have in common: the manifest, credentials and scratch space as files, and the pod security standard "restricted".</summary>
/// <param name="run">The run.</param>
/// <param name="image">The trainer's.</param>
/// <param name="options">What holds for the pods of all runs.</param>
internal sealed class PodBuilder(V1Alpha1InheritRun run, string image, PodOptions options)
{
    public const string Container = "trainer";
    public const string ManifestPath = $"{Folder}/run.yaml";

    private const string Folder = "/etc/inheritune";
    private const string Credentials = "/etc/inheritune-credentials";
    private const string Authorities = "/etc/inheritune-ca";
    private const string Scratch = "/scratch";
    private const string Data = "/data";
    private const string TerminationLog = "/dev/termination-log";

    /// <summary>Nobody on any node; the image may name another, which the standard would have to take on trust.</summary>
    private const int User = 65532;

    private readonly long? _user = options.PlatformSecurity ? null : User;

    private readonly PodSpec _pod = options.Defaults.PodOf(run.Spec);

    /// <summary>What the run and the cluster say about the pod that trains.</summary>
    public SchedulingSpec Scheduling { get; } = options.Defaults.SchedulingOf(run.Spec);

    public V1PodTemplateSpec Build(string component, int attempt) => new()
    {
        Metadata = PodMetadata.Of(run, _pod, component, Manifest()),
        Spec = new()
        {
            RestartPolicy = "Never",
            ServiceAccountName = ChildNames.ServiceAccount(run),
            AutomountServiceAccountToken = true,
            EnableServiceLinks = false,
            SecurityContext = new()
            {
                RunAsNonRoot = true,
                RunAsUser = _user,
                RunAsGroup = _user,
                FsGroup = _user,
                SeccompProfile = new() { Type = "RuntimeDefault" },
            },
            PriorityClassName = Scheduling.PriorityClassName,
            ImagePullSecrets = PullSecrets(),
            Volumes = [.. Mounts().Select(mount => mount.Volume)],
            Containers =
            [
                new()
                {
                    Name = Container,
                    Image = image,
                    EnvFrom = _pod.EnvFrom.Count > 0 ? [.. _pod.EnvFrom.Select(EnvFrom)] : null,
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
        // The user's first, so that nothing of theirs takes the place of what follows.
        List<V1EnvVar> variables =
        [
            .. _pod.Env.Select(Variable),
            new() { Name = "INHERITUNE_RUN_NAME", Value = run.Name() },
            new() { Name = "INHERITUNE_RUN_NAMESPACE", Value = run.Namespace() },
            new() { Name = "INHERITUNE_RUN_UID", Value = run.Uid() },
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
        if (_pod.Data is { ClaimName: { } claim })
            yield return (Data, new() { Name = "data", PersistentVolumeClaim = new() { ClaimName = claim, ReadOnlyProperty = true } });
        if (_pod.Data is { Image: { } files }) yield return (Data, new() { Name = "data", Image = new() { Reference = files } });
        // The kubelet mounts it; the operator never reads it.
        if (run.Spec.Storage.CredentialsSecretRef is { } secret)
            yield return (Credentials, new() { Name = "credentials", Secret = new() { SecretName = secret.Name, DefaultMode = 0b100_100_000 } });
        if (run.Spec.Storage.CaBundleRef is not { } authorities) yield break;
        V1KeyToPath[] items = [new() { Key = authorities.Key, Path = authorities.Key }];
        yield return (Authorities, authorities.Kind == CaBundleKind.ConfigMap
            ? new() { Name = "authorities", ConfigMap = new() { Name = authorities.Name, Items = items } }
            : new() { Name = "authorities", Secret = new() { SecretName = authorities.Name, Items = items } });
    }

    private List<V1LocalObjectReference>? PullSecrets()
    {
        var names = _pod.ImagePullSecrets.Select(secret => secret.Name).Concat(options.PullSecrets).Distinct();
        return names.Any() ? [.. names.Select(name => new V1LocalObjectReference { Name = name })] : null;
    }

    private static V1EnvVar Variable(EnvVar variable) => new()
    {
        Name = variable.Name,
        Value = variable.Value,
        ValueFrom = variable.ValueFrom is not { } from ? null : new()
        {
            SecretKeyRef = from.SecretKeyRef is { } secret ? new() { Name = secret.Name, Key = secret.Key } : null,
            ConfigMapKeyRef = from.ConfigMapKeyRef is { } map ? new() { Name = map.Name, Key = map.Key } : null,
        },
    };

    private static V1EnvFromSource EnvFrom(EnvFromSource from) => new()
    {
        SecretRef = from.SecretRef is { } secret ? new() { Name = secret.Name } : null,
        ConfigMapRef = from.ConfigMapRef is { } map ? new() { Name = map.Name } : null,
    };
}
