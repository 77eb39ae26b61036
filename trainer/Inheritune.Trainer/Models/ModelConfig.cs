using Inheritune.Api;

namespace Inheritune.Trainer.Models;

/// <summary>Shape and arithmetic of a decoder LM; what its <c>config.json</c> and the names of its tensors say.</summary>
public sealed record ModelConfig
{
    public required ModelFamily Family { get; init; }
    public required int Layers { get; init; }
    public required int HiddenSize { get; init; }
    public required int Heads { get; init; }

    /// <summary>Below <see cref="Heads"/> for grouped-query attention.</summary>
    public required int KeyValueHeads { get; init; }

    public required int HeadSize { get; init; }
    public required int IntermediateSize { get; init; }
    public required int ContextLength { get; init; }
    public required int VocabularySize { get; init; }
    public required double NormEpsilon { get; init; }
    public required Activation Activation { get; init; }

    /// <summary>The head shares the token embedding's weights.</summary>
    public required bool TiedHead { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Biases in attention: all four projections.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Biases in the MLP.</summary>
    public bool MlpBias { get; init; }

    /// <summary>Biases in the norms (GPT-2).</summary>
    public bool NormBias { get; init; }

    /// <summary>Attention logits are divided by the square root of the head size.</summary>
    public bool ScaleAttention { get; init; } = true;

    /// <summary>GPT-2: attention logits of block l are further divided by l + 1.</summary>
    public bool ScaleAttentionByInverseLayer { get; init; }

    /// <summary>Rotary position embedding; null where positions are learned.</summary>
    public RotaryConfig? Rotary { get; init; }

    /// <summary>Every parameter of the model, in the order of the forward pass. Tied ones appear once.</summary>
    public IReadOnlyList<ParameterSpec> Parameters() => Family switch
    {
        ModelFamily.GPT2 => [.. Gpt2Model.Layout(this)],
        ModelFamily.Llama => [.. LlamaModel.Layout(this)],
        _ => throw new ArgumentOutOfRangeException(nameof(Family)),
    };

    /// <summary>What deviates from 1/sqrt(head size) in the attention logits of a block; a factor of its queries.</summary>
    public double QueryFactor(int block) => (ScaleAttention ? 1 : Math.Sqrt(HeadSize)) / (ScaleAttentionByInverseLayer ? block + 1 : 1);

    /// <summary>Number of parameters; tied ones count once.</summary>
    public long ParameterCount => Parameters().Sum(p => p.Count);

    /// <summary>One line for people, such as <c>GPT2, 12 layers, 768 wide, 12 heads, 124.4M parameters</c>.</summary>
    public override string ToString()
    {
        var heads = KeyValueHeads == Heads ? $"{Heads} heads" : $"{Heads} heads ({KeyValueHeads} key-value)";
        return string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{Family}, {Layers} layers, {HiddenSize} wide, {heads}, vocabulary {VocabularySize}, context {ContextLength}, {ParameterCount / 1e6:0.###}M parameters");
    }

    /// <summary>The model that a manifest describes, with no reference.</summary>
    public static ModelConfig From(ArchitectureSpec spec, int vocabularySize) => new()
    {
        Family = spec.Family,
        Layers = spec.Layers,
        HiddenSize = spec.HiddenSize,
        Heads = spec.Heads,
        KeyValueHeads = spec.KeyValueHeads ?? spec.Heads,
        HeadSize = spec.HiddenSize / spec.Heads,
        IntermediateSize = spec.IntermediateSize ?? (spec.Family == ModelFamily.GPT2 ? 4 * spec.HiddenSize : (spec.HiddenSize * 8 / 3 + 31) / 32 * 32),
        ContextLength = spec.ContextLength,
        VocabularySize = vocabularySize,
        NormEpsilon = spec.Family == ModelFamily.GPT2 ? 1e-5 : 1e-6,
        Activation = spec.Family == ModelFamily.GPT2 ? Activation.GeluTanh : Activation.Silu,
        TiedHead = true,
        Rotary = spec.Family == ModelFamily.Llama ? new RotaryConfig() : null,
    };
}
