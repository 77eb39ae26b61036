using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;

/// <summary>What a cluster asks of both pods of a run, beside what the run itself needs. Used in a cluster only.</summary>
public sealed class PodSpec
{
    [MaxLength(32), StringLength(63), RegularExpression(Patterns.LabelValue)]
    [Description("More labels, such as a cost centre. The operator's own cannot be replaced.")]
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    [MaxLength(32), StringLength(1024)]
    [Description("More annotations, such as karpenter.sh/do-not-disrupt. The operator's own cannot be replaced.")]
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    [MaxLength(8), Description("Secrets with which images are pulled, beside the operator's.")]
    public IReadOnlyList<SecretReference> ImagePullSecrets { get; init; } = [];

    [MaxLength(64), Description("Environment variables, such as HTTPS_PROXY. INHERITUNE_..., HOME and TMPDIR are the operator's.")]
    public IReadOnlyList<EnvVar> Env { get; init; } = [];

    [MaxLength(16), Description("Secrets and ConfigMaps whose entries become environment variables; those of env count more.")]
    public IReadOnlyList<EnvFromSource> EnvFrom { get; init; } = [];

    [Description("A volume that is mounted read-only at /data. URIs other than the output's may then be file:///data/...")]
    public DataVolumeSpec? Data { get; init; }
}
