using System.Text.Json;
using System.Text.Json.Serialization;
using Inheritune.Api;
using k8s;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Inheritune.Operator.Children;

/// <summary>What an administrator says of the pods of all runs, in the words of a run's spec. What a run says itself counts more.</summary>
internal sealed record PodDefaults
{
    private static readonly IDeserializer Yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();

    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
    };

    public PodSpec Pod { get; init; } = new();

    public SchedulingSpec Scheduling { get; init; } = new();

    /// <param name="text">YAML or JSON with the fields pod and scheduling, as in a run.</param>
    /// <exception cref="FormatException">Says what is wrong with it.</exception>
    public static PodDefaults Parse(string text)
    {
        PodDefaults read;
        try
        {
            read = JsonSerializer.Deserialize<PodDefaults>(KubernetesJson.Serialize(Yaml.Deserialize<object>(text)), Strict) ?? new();
        }
        catch (Exception e) when (e is YamlException or JsonException)
        {
            const string example = "{pod: {annotations: {team: ml}}, scheduling: {tolerations: [{key: nvidia.com/gpu, operator: Exists}]}}";
            throw new FormatException($"{e.Message.TrimEnd('.')}; write it like {example}", e);
        }

        var run = new InheritRun { Spec = new() { Pod = read.Pod, Scheduling = read.Scheduling } };
        var wrong = InheritRunValidator.ValidateFields(run).Where(error => IsOurs(error.Field)).ToArray();
        if (wrong.Length == 0) wrong =
        [
            .. InheritRunRules.All.Where(rule => IsOurs(rule.Field) && !rule.Holds(run))
                .Select(rule => new FieldError(rule.Field, rule.Value(run), rule.Message)),
        ];
        if (wrong.Length > 0) throw new FormatException(string.Join("; ", wrong.Select(error => error.ToString()["spec.".Length..])));
        return read;

        static bool IsOurs(string field) => field.Split('.', '[') is ["spec", "pod" or "scheduling", ..];
    }

    public PodSpec PodOf(InheritRunSpec spec) => spec.Pod is not { } own ? Pod : new()
    {
        Labels = Merge(own.Labels, Pod.Labels),
        Annotations = Merge(own.Annotations, Pod.Annotations),
        ImagePullSecrets = [.. own.ImagePullSecrets, .. Pod.ImagePullSecrets],
        Env = [.. own.Env, .. Pod.Env.ExceptBy(own.Env.Select(variable => variable.Name), variable => variable.Name)],
        // Here the kubelet takes the last word.
        EnvFrom = [.. Pod.EnvFrom, .. own.EnvFrom],
        Data = own.Data ?? Pod.Data,
    };

    public SchedulingSpec SchedulingOf(InheritRunSpec spec) => spec.Scheduling is not { } own ? Scheduling : new()
    {
        NodeSelector = Merge(own.NodeSelector, Scheduling.NodeSelector),
        NodeAffinity = [.. own.NodeAffinity, .. Scheduling.NodeAffinity],
        TopologySpreadConstraints = (own.TopologySpreadConstraints.Count > 0 ? own : Scheduling).TopologySpreadConstraints,
        Tolerations = [.. own.Tolerations, .. Scheduling.Tolerations],
        PriorityClassName = own.PriorityClassName ?? Scheduling.PriorityClassName,
        RuntimeClassName = own.RuntimeClassName ?? Scheduling.RuntimeClassName,
    };

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> others)
    {
        var merged = new Dictionary<string, string>(own);
        foreach (var (key, value) in others) merged.TryAdd(key, value);
        return merged;
    }
}
