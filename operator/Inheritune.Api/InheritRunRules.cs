using System.Text.RegularExpressions;

namespace Inheritune.Api;

/// <summary>Rules that look at more than one field.</summary>
public static class InheritRunRules
{
    /// <summary>Domains of keys by which the operator and the Job controller find their pods.</summary>
    private static readonly string[] OwnDomains = [$"{ApiGroup.Name}/", "app.kubernetes.io/", "batch.kubernetes.io/"];

    /// <summary>In the order in which they are reported.</summary>
    public static IReadOnlyList<InheritRunRule> All { get; } =
    [
        new("spec.reference", _ => "",
            r => r.Spec.Reference is not null ^ r.Spec.Architecture is not null,
            "has(self.reference) != has(self.architecture)",
            "give either a reference to inherit from or an architecture to train from scratch, not both"),
        new("spec.inherit", _ => "",
            r => r.Spec.Reference is not null == r.Spec.Inherit is not null,
            "has(self.reference) == has(self.inherit)",
            "belongs to a reference: say how many layers to inherit, for example inherit: {layers: 6}, or leave both out"),
        new("spec.inherit.parts", r => string.Join(", ", r.Spec.Inherit?.Parts ?? []),
            r => r.Spec.Inherit is not { } i || i.Parts.Distinct().Count() == i.Parts.Count,
            "!has(self.inherit) || self.inherit.parts.all(p, self.inherit.parts.exists_one(q, q == p))",
            "names a part twice; each of Attention, MLP and Norms may stand once"),
        new("spec.architecture.heads", r => $"{r.Spec.Architecture?.Heads}",
            r => r.Spec.Architecture is not { } a || a.HiddenSize % a.Heads == 0,
            "!has(self.architecture) || self.architecture.hiddenSize % self.architecture.heads == 0",
            "must divide spec.architecture.hiddenSize"),
        new("spec.architecture.heads", r => $"{r.Spec.Architecture?.Heads}",
            r => r.Spec.Architecture is not { Family: ModelFamily.Llama } a || a.HiddenSize % a.Heads != 0 || a.HiddenSize / a.Heads % 2 == 0,
            "!has(self.architecture) || self.architecture.family != 'Llama' || self.architecture.hiddenSize % self.architecture.heads != 0"
            + " || self.architecture.hiddenSize / self.architecture.heads % 2 == 0",
            "must divide spec.architecture.hiddenSize into an even number of channels: rotary positions turn pairs"),
        new("spec.architecture.keyValueHeads", r => $"{r.Spec.Architecture?.KeyValueHeads}",
            r => r.Spec.Architecture is not { KeyValueHeads: { } k } a || a.Heads % k == 0,
            "!has(self.architecture) || !has(self.architecture.keyValueHeads) || self.architecture.heads % self.architecture.keyValueHeads == 0",
            "must divide spec.architecture.heads"),
        new("spec.architecture.keyValueHeads", r => $"{r.Spec.Architecture?.KeyValueHeads}",
            r => r.Spec.Architecture is not { Family: ModelFamily.GPT2, KeyValueHeads: { } k } a || k == a.Heads,
            "!has(self.architecture) || !has(self.architecture.keyValueHeads) || self.architecture.family != 'GPT2'"
            + " || self.architecture.keyValueHeads == self.architecture.heads",
            "must be left out: GPT2 has one key-value head per head"),
        new("spec.dataset.validationTokens", r => $"{r.Spec.Dataset.ValidationTokens}",
            r => r.Spec.Dataset is not { ValidationTokens: not null, ValidationUri: not null },
            "!has(self.dataset.validationTokens) || !has(self.dataset.validationUri)",
            "has no effect beside spec.dataset.validationUri; leave one of them out"),
        new("spec.training.steps", _ => "",
            r => r.Spec.Training.Steps is not null ^ r.Spec.Training.Tokens is not null,
            "has(self.training.steps) != has(self.training.tokens)",
            "give exactly one of spec.training.steps and spec.training.tokens"),
        new("spec.training.warmupSteps", r => $"{r.Spec.Training.WarmupSteps}",
            r => r.Spec.Training is not { WarmupSteps: { } w, Steps: { } s } || w <= s,
            "!has(self.training.warmupSteps) || !has(self.training.steps) || self.training.warmupSteps <= self.training.steps",
            "must not exceed spec.training.steps"),
        new("spec.training.sequenceLength", r => $"{r.Spec.Training.SequenceLength}",
            r => !(r.Spec.Training.SequenceLength > r.Spec.Architecture?.ContextLength),
            "!has(self.training.sequenceLength) || !has(self.architecture) || self.training.sequenceLength <= self.architecture.contextLength",
            "must not exceed spec.architecture.contextLength"),
        new("spec.training.minLearningRate", r => r.Spec.Training.MinLearningRate,
            r => Decimals.Parse(r.Spec.Training.MinLearningRate) <= Decimals.Parse(r.Spec.Training.LearningRate),
            "double(self.training.minLearningRate) <= double(self.training.learningRate)",
            "must not exceed spec.training.learningRate"),
        new("spec.evaluation.dataUri", _ => "",
            r => r.Spec.Evaluation is not { Tasks.Count: > 0, DataUri: null },
            "!has(self.evaluation.tasks) || size(self.evaluation.tasks) == 0 || has(self.evaluation.dataUri)",
            "is missing; spec.evaluation.tasks need the folder with their data"),
        BelowOne("beta1", training => training.Beta1),
        BelowOne("beta2", training => training.Beta2),
        new("spec.training.epsilon", r => r.Spec.Training.Epsilon,
            r => Decimals.Parse(r.Spec.Training.Epsilon) > 0,
            "double(self.training.epsilon) > 0.0",
            "must be above 0"),
        BelowOne("dropout", training => training.Dropout),
        new("spec.checkpoint.everySeconds", r => $"{r.Spec.Checkpoint.EverySeconds}",
            r => !(r.Spec.Checkpoint.EverySeconds >= r.Spec.Deadlines.ProgressTimeoutSeconds),
            "!has(self.deadlines.progressTimeoutSeconds) || self.checkpoint.everySeconds < self.deadlines.progressTimeoutSeconds",
            "must be below spec.deadlines.progressTimeoutSeconds, or a run that stalls loses more than the time in which it is noticed"),
        LabelKeys("scheduling.nodeSelector", spec => spec.Scheduling?.NodeSelector),
        .. Tolerations("scheduling.tolerations", spec => spec.Scheduling?.Tolerations),
        Each("scheduling.nodeAffinity", spec => spec.Scheduling?.NodeAffinity,
            e => e.Operator switch
            {
                NodeOperator.Exists or NodeOperator.DoesNotExist => e.Values.Count == 0,
                NodeOperator.Gt or NodeOperator.Lt => e.Values.Count == 1,
                _ => e.Values.Count > 0,
            },
            "e.operator in ['Exists', 'DoesNotExist'] ? !has(e.values) || size(e.values) == 0"
            + " : has(e.values) && (e.operator in ['Gt', 'Lt'] ? size(e.values) == 1 : size(e.values) > 0)",
            "has an entry whose values do not fit its operator:"
            + " some for In and NotIn, one for Gt and Lt, none for Exists and DoesNotExist"),
        LabelKeys("preflight.nodeSelector", spec => spec.Preflight?.NodeSelector),
        .. Tolerations("preflight.tolerations", spec => spec.Preflight?.Tolerations),
        LabelKeys("pod.labels", spec => spec.Pod?.Labels),
        NotOurs("pod.labels", spec => spec.Pod?.Labels),
        LabelKeys("pod.annotations", spec => spec.Pod?.Annotations),
        NotOurs("pod.annotations", spec => spec.Pod?.Annotations),
        Each("pod.env", spec => spec.Pod?.Env,
            e => !e.Name.StartsWith("INHERITUNE_", StringComparison.Ordinal) && e.Name is not ("HOME" or "TMPDIR"),
            "!e.name.startsWith('INHERITUNE_') && !(e.name in ['HOME', 'TMPDIR'])",
            "has a variable that is the operator's; leave out INHERITUNE_..., HOME and TMPDIR"),
        Each("pod.env", spec => spec.Pod?.Env,
            e => e.Value is null != e.ValueFrom is null,
            "has(e.value) != has(e.valueFrom)",
            "has an entry without exactly one of value and valueFrom"),
        Each("pod.env", spec => spec.Pod?.Env,
            e => e.ValueFrom is not { } from || from.SecretKeyRef is null != from.ConfigMapKeyRef is null,
            "!has(e.valueFrom) || has(e.valueFrom.secretKeyRef) != has(e.valueFrom.configMapKeyRef)",
            "has a valueFrom without exactly one of secretKeyRef and configMapKeyRef"),
        Each("pod.envFrom", spec => spec.Pod?.EnvFrom,
            e => e.SecretRef is null != e.ConfigMapRef is null,
            "has(e.secretRef) != has(e.configMapRef)",
            "has an entry without exactly one of secretRef and configMapRef"),
        new("spec.pod.data", _ => "",
            r => r.Spec.Pod?.Data is not { } data || data.ClaimName is null != data.Image is null,
            $"{Unless("pod.data")}has(self.pod.data.claimName) != has(self.pod.data.image)",
            "give exactly one of spec.pod.data.claimName and spec.pod.data.image"),
    ];

    /// <summary>Returns the rules that the manifest breaks. Its single fields must have been checked before.</summary>
    public static IEnumerable<FieldError> Broken(InheritRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.ApiVersion != ApiGroup.ApiVersion) yield return new FieldError("apiVersion", run.ApiVersion, $"must be {ApiGroup.ApiVersion}");
        if (run.Kind != ApiGroup.Kind) yield return new FieldError("kind", run.Kind, $"must be {ApiGroup.Kind}");
        foreach (var rule in All)
            if (!rule.Holds(run)) yield return new FieldError(rule.Field, rule.Value(run), rule.Message);
    }

    private static InheritRunRule BelowOne(string name, Func<TrainingSpec, string> value) =>
        new($"spec.training.{name}", r => value(r.Spec.Training), r => Decimals.Parse(value(r.Spec.Training)) < 1, $"double(self.training.{name}) < 1.0", "must be below 1");

    private static InheritRunRule LabelKeys(string path, Func<InheritRunSpec, IReadOnlyDictionary<string, string>?> map) =>
        Keys(path, map, key => Regex.IsMatch(key, Patterns.LabelKey), $"key.matches('{Patterns.LabelKey}')",
            "has a key that no label can have; write it like pool or example.com/pool");

    private static InheritRunRule NotOurs(string path, Func<InheritRunSpec, IReadOnlyDictionary<string, string>?> map) =>
        Keys(path, map, key => !Array.Exists(OwnDomains, domain => key.StartsWith(domain, StringComparison.Ordinal)),
            string.Join(" && ", OwnDomains.Select(domain => $"!key.startsWith('{domain}')")),
            $"has a key that is not yours; leave out those that begin with {string.Join(", ", OwnDomains)}");

    /// <summary>A rule that the keys of an optional map must keep.</summary>
    private static InheritRunRule Keys(
        string path, Func<InheritRunSpec, IReadOnlyDictionary<string, string>?> map,
        Func<string, bool> holds, string cel, string message) =>
        new($"spec.{path}", r => string.Join(", ", (map(r.Spec)?.Keys ?? []).Where(key => !holds(key))),
            r => map(r.Spec)?.Keys.All(holds) != false,
            $"{Unless(path)}self.{path}.all(key, {cel})",
            message);

    /// <summary>What a rule over an optional field in an optional block begins with.</summary>
    private static string Unless(string path) => $"!has(self.{path.Split('.')[0]}) || !has(self.{path}) || ";

    private static InheritRunRule[] Tolerations(string path, Func<InheritRunSpec, IReadOnlyList<Toleration>?> list) =>
    [
        Each(path, list,
            t => t is { Key: not null } or { Operator: TolerationOperator.Exists },
            "has(e.key) || (has(e.operator) && e.operator == 'Exists')",
            "has an entry without a key; give one, or write operator: Exists to tolerate every key"),
        Each(path, list,
            t => t is { Value: null } or not { Operator: TolerationOperator.Exists },
            "!has(e.value) || !has(e.operator) || e.operator == 'Equal'",
            "has an entry with a value beside operator: Exists, which takes any; leave one of them out"),
        Each(path, list,
            t => t is { TolerationSeconds: null } or { Effect: TaintEffect.NoExecute },
            "!has(e.tolerationSeconds) || (has(e.effect) && e.effect == 'NoExecute')",
            "has an entry with tolerationSeconds, which needs effect: NoExecute"),
    ];

    /// <summary>A rule that each entry of an optional list, <c>e</c>, must keep.</summary>
    private static InheritRunRule Each<T>(
        string path, Func<InheritRunSpec, IReadOnlyList<T>?> list, Func<T, bool> holds, string cel, string message) =>
        new($"spec.{path}", _ => "", r => list(r.Spec)?.All(holds) != false, $"{Unless(path)}self.{path}.all(e, {cel})", message);
}
