using System.Text.RegularExpressions;

namespace Inheritune.Api;

/// <summary>Rules that look at more than one field.</summary>
public static class InheritRunRules
{
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
        new("spec.scheduling.nodeSelector", r => string.Join(", ", r.Spec.Scheduling?.NodeSelector.Keys ?? []),
            r => r.Spec.Scheduling is not { } scheduling || scheduling.NodeSelector.Keys.All(key => Regex.IsMatch(key, Patterns.LabelKey)),
            $"!has(self.scheduling) || !has(self.scheduling.nodeSelector) || self.scheduling.nodeSelector.all(key, key.matches('{Patterns.LabelKey}'))",
            "has a key that no label can have; write it like pool or example.com/pool"),
        Tolerations("has an entry without a key; give one, or write operator: Exists to tolerate every key",
            t => t is { Key: not null } or { Operator: TolerationOperator.Exists },
            "has(t.key) || (has(t.operator) && t.operator == 'Exists')"),
        Tolerations("has an entry with a value beside operator: Exists, which takes any; leave one of them out",
            t => t is { Value: null } or not { Operator: TolerationOperator.Exists },
            "!has(t.value) || !has(t.operator) || t.operator == 'Equal'"),
        Tolerations("has an entry with tolerationSeconds, which needs effect: NoExecute",
            t => t is { TolerationSeconds: null } or { Effect: TaintEffect.NoExecute },
            "!has(t.tolerationSeconds) || (has(t.effect) && t.effect == 'NoExecute')"),
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

    private static InheritRunRule Tolerations(string message, Func<Toleration, bool> holds, string cel) =>
        new("spec.scheduling.tolerations", _ => "",
            r => r.Spec.Scheduling is not { } scheduling || scheduling.Tolerations.All(holds),
            $"!has(self.scheduling) || !has(self.scheduling.tolerations) || self.scheduling.tolerations.all(t, {cel})",
            message);
}
