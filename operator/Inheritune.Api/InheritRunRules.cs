namespace Inheritune.Api;

/// <summary>Rules that look at more than one field, in the order in which they are reported.</summary>
public static class InheritRunRules
{
    private sealed record Rule(string Field, Func<InheritRun, string> Value, Func<InheritRun, bool> Holds, string Message);

    private static readonly Rule[] All =
    [
        new("apiVersion", r => r.ApiVersion, r => r.ApiVersion == ApiGroup.ApiVersion, $"must be {ApiGroup.ApiVersion}"),
        new("kind", r => r.Kind, r => r.Kind == ApiGroup.Kind, $"must be {ApiGroup.Kind}"),
        new("spec.reference", _ => "", r => r.Spec.Reference is not null ^ r.Spec.Architecture is not null,
            "give either a reference to inherit from or an architecture to train from scratch, not both"),
        new("spec.inherit", _ => "", r => r.Spec.Reference is not null == r.Spec.Inherit is not null,
            "belongs to a reference: say how many layers to inherit, for example inherit: {layers: 6}, or leave both out"),
        new("spec.inherit.parts", r => string.Join(", ", r.Spec.Inherit?.Parts ?? []), r => r.Spec.Inherit is not { } i || i.Parts.Distinct().Count() == i.Parts.Count,
            "names a part twice; each of Attention, MLP and Norms may stand once"),
        new("spec.architecture.heads", r => $"{r.Spec.Architecture?.Heads}", r => r.Spec.Architecture is not { } a || a.HiddenSize % a.Heads == 0,
            "must divide spec.architecture.hiddenSize"),
        new("spec.architecture.heads", r => $"{r.Spec.Architecture?.Heads}", r => r.Spec.Architecture is not { Family: ModelFamily.Llama } a || a.HiddenSize % a.Heads != 0 || a.HiddenSize / a.Heads % 2 == 0,
            "must divide spec.architecture.hiddenSize into an even number of channels: rotary positions turn pairs"),
        new("spec.architecture.keyValueHeads", r => $"{r.Spec.Architecture?.KeyValueHeads}", r => r.Spec.Architecture is not { KeyValueHeads: { } k } a || a.Heads % k == 0,
            "must divide spec.architecture.heads"),
        new("spec.architecture.keyValueHeads", r => $"{r.Spec.Architecture?.KeyValueHeads}", r => r.Spec.Architecture is not { Family: ModelFamily.GPT2, KeyValueHeads: { } k } a || k == a.Heads,
            "must be left out: GPT2 has one key-value head per head"),
        new("spec.dataset.validationTokens", r => $"{r.Spec.Dataset.ValidationTokens}", r => r.Spec.Dataset is not { ValidationTokens: not null, ValidationUri: not null },
            "has no effect beside spec.dataset.validationUri; leave one of them out"),
        new("spec.training.steps", _ => "", r => r.Spec.Training.Steps is not null ^ r.Spec.Training.Tokens is not null,
            "give exactly one of spec.training.steps and spec.training.tokens"),
        new("spec.training.warmupSteps", r => $"{r.Spec.Training.WarmupSteps}", r => r.Spec.Training is not { WarmupSteps: { } w, Steps: { } s } || w <= s,
            "must not exceed spec.training.steps"),
        new("spec.training.sequenceLength", r => $"{r.Spec.Training.SequenceLength}", r => !(r.Spec.Training.SequenceLength > r.Spec.Architecture?.ContextLength),
            "must not exceed spec.architecture.contextLength"),
        new("spec.training.minLearningRate", r => r.Spec.Training.MinLearningRate, r => Decimals.Parse(r.Spec.Training.MinLearningRate) <= Decimals.Parse(r.Spec.Training.LearningRate),
            "must not exceed spec.training.learningRate"),
        new("spec.training.beta1", r => r.Spec.Training.Beta1, r => Decimals.Parse(r.Spec.Training.Beta1) < 1, "must be below 1"),
        new("spec.training.beta2", r => r.Spec.Training.Beta2, r => Decimals.Parse(r.Spec.Training.Beta2) < 1, "must be below 1"),
        new("spec.training.epsilon", r => r.Spec.Training.Epsilon, r => Decimals.Parse(r.Spec.Training.Epsilon) > 0, "must be above 0"),
        new("spec.training.dropout", r => r.Spec.Training.Dropout, r => Decimals.Parse(r.Spec.Training.Dropout) < 1, "must be below 1"),
    ];

    /// <summary>Returns the rules that the manifest breaks. Its single fields must have been checked before.</summary>
    public static IEnumerable<FieldError> Broken(InheritRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return from rule in All where !rule.Holds(run) select new FieldError(rule.Field, rule.Value(run), rule.Message);
    }
}
