using Inheritune.Api;
using Inheritune.Trainer.Native;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>Llama: rotary positions, RMSNorm in front of attention and MLP, SwiGLU, grouped-query attention, tied or untied head.</summary>
public sealed class LlamaModel : CausalLanguageModel
{
    private const string Prefix = "model.";

    /// <summary>cos and sin of position times frequency, each frequency twice: Float32 [context, D].</summary>
    private readonly Tensor _cosTD;
    private readonly Tensor _sinTD;

    internal LlamaModel(ModelConfig config, IReadOnlyDictionary<string, Tensor> parameters, Device device)
        : base(config, parameters, device)
    {
        using var scope = NewDisposeScope();
        var frequencies = (config.Rotary ?? new RotaryConfig()).Frequencies(config.HeadSize);
        var angles = outer(tensor([.. Enumerable.Range(0, config.ContextLength).Select(position => (float)position)]), tensor(frequencies.ToArray()));
        var anglesTD = cat([angles, angles], 1);
        _cosTD = anglesTD.cos().to(device).DetachFromDisposeScope();
        _sinTD = anglesTD.sin().to(device).DetachFromDisposeScope();
    }

    /// <summary>Every parameter, in the order of the forward pass.</summary>
    public static IEnumerable<ParameterSpec> Layout(ModelConfig c)
    {
        yield return new(Prefix + "embed_tokens.weight", [c.VocabularySize, c.HiddenSize], ParameterKind.Embedding, ModelPart.TokenEmbedding);
        var blocks = Enumerable.Range(0, c.Layers).SelectMany(i => new[]
        {
            Norm($"layers.{i}.input_layernorm", ModelPart.AttentionNorm, i),
            Linear($"layers.{i}.self_attn.q_proj", c.Heads * c.HeadSize, c.HiddenSize, ModelPart.Attention, c.AttentionBias, i),
            Linear($"layers.{i}.self_attn.k_proj", c.KeyValueHeads * c.HeadSize, c.HiddenSize, ModelPart.Attention, c.AttentionBias, i),
            Linear($"layers.{i}.self_attn.v_proj", c.KeyValueHeads * c.HeadSize, c.HiddenSize, ModelPart.Attention, c.AttentionBias, i),
            Linear($"layers.{i}.self_attn.o_proj", c.HiddenSize, c.Heads * c.HeadSize, ModelPart.Attention, c.AttentionBias, i),
            Norm($"layers.{i}.post_attention_layernorm", ModelPart.MLPNorm, i),
            Linear($"layers.{i}.mlp.gate_proj", c.IntermediateSize, c.HiddenSize, ModelPart.MLP, c.MlpBias, i),
            Linear($"layers.{i}.mlp.up_proj", c.IntermediateSize, c.HiddenSize, ModelPart.MLP, c.MlpBias, i),
            Linear($"layers.{i}.mlp.down_proj", c.HiddenSize, c.IntermediateSize, ModelPart.MLP, c.MlpBias, i),
        });
        foreach (var spec in blocks.Append(Norm("norm", ModelPart.FinalNorm, null)).SelectMany(specs => specs)) yield return spec;
        if (!c.TiedHead) yield return new("lm_head.weight", [c.VocabularySize, c.HiddenSize], ParameterKind.Linear, ModelPart.Head);

        IEnumerable<ParameterSpec> Norm(string name, ModelPart part, int? index) =>
            [new($"{Prefix}{name}.weight", [c.HiddenSize], ParameterKind.NormWeight, part, index)];

        static IEnumerable<ParameterSpec> Linear(string name, int to, int from, ModelPart part, bool bias, int index)
        {
            yield return new($"{Prefix}{name}.weight", [to, from], ParameterKind.Linear, part, index);
            if (bias) yield return new($"{Prefix}{name}.bias", [to], ParameterKind.Bias, part, index);
        }
    }

    protected override Tensor EmbeddingWeight => Parameter(Prefix + "embed_tokens.weight");

    protected override Tensor HeadWeight => Config.TiedHead ? EmbeddingWeight : Parameter("lm_head.weight");

    protected override Tensor Embed(Tensor rowsBTC, AttentionContext context) => Drop(rowsBTC);

    protected override Tensor Block(int index, Tensor xBTC, AttentionContext context)
    {
        // Rounded once for all products that read it: each would keep a copy of its own for its gradient.
        var name = $"{Prefix}layers.{index}";
        xBTC = xBTC.Plus(Drop(Attention(index, Normalise(xBTC, $"{name}.input_layernorm").For(Precision), context)));
        return xBTC.Plus(Drop(Mlp($"{name}.mlp", Normalise(xBTC, $"{name}.post_attention_layernorm").For(Precision))));
    }

    protected override Tensor FinalNorm(Tensor xBTC) => Normalise(xBTC, Prefix + "norm");

    protected override void Dispose(bool disposing)
    {
        _cosTD.Dispose();
        _sinTD.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Attention(int index, Tensor xBTC, AttentionContext context)
    {
        var name = $"{Prefix}layers.{index}.self_attn";
        if (IsJoint(xBTC, context))
        {
            var qkvBTC = Linear(xBTC, Joint("weight")!, Joint("bias"));
            return Project(Attend(index, qkvBTC, new(Config.Heads, Config.KeyValueHeads, Config.HeadSize, 1, _cosTD, _sinTD), context), $"{name}.o_proj");
        }

        var (cos, sin) = (context.AtPositions(_cosTD, xBTC.shape[1]), context.AtPositions(_sinTD, xBTC.shape[1]));
        var qBHTD = Rotation.Of(Split(Project(xBTC, $"{name}.q_proj"), Config.Heads), cos, sin).transpose(1, 2);
        var newBHTD = Rotation.Of(Split(Project(xBTC, $"{name}.k_proj"), Config.KeyValueHeads), cos, sin).transpose(1, 2);
        var (kBHTD, vBHTD) = context.Seen(index, newBHTD, Split(Project(xBTC, $"{name}.v_proj"), Config.KeyValueHeads).transpose(1, 2));
        return Project(Attend(qBHTD, kBHTD, vBHTD, context), $"{name}.o_proj");

        Tensor[]? Joint(string kind) => OptionalParameter($"{name}.q_proj.{kind}") is { } q ? [q, Parameter($"{name}.k_proj.{kind}"), Parameter($"{name}.v_proj.{kind}")] : null;
    }

    private Tensor Mlp(string name, Tensor xBTC)
    {
        if (Config is { Activation: Activation.Silu, MlpBias: false } && Precision == ComputePrecision.Float32 && GatedMlp.Is(xBTC))
            return GatedMlp.Of(xBTC, new(Parameter($"{name}.gate_proj.weight"), Parameter($"{name}.up_proj.weight"), Parameter($"{name}.down_proj.weight")));
        var (gateBTI, upBTI) = (Project(xBTC, $"{name}.gate_proj"), Project(xBTC, $"{name}.up_proj"));
        return Project(Config.Activation == Activation.Silu ? SwiGlu.Of(gateBTI, upBTI) : Activate(gateBTI) * upBTI, $"{name}.down_proj");
    }

    private Tensor Project(Tensor x, string name) => Linear(x, Parameter($"{name}.weight"), OptionalParameter($"{name}.bias"));

    /// <summary>[B, T, H D] to [B, T, H, D].</summary>
    private Tensor Split(Tensor xBTC, int heads) => xBTC.view(xBTC.shape[0], xBTC.shape[1], heads, Config.HeadSize);

    private Tensor Normalise(Tensor xBTC, string name) => RmsNorm.Of(xBTC, Parameter($"{name}.weight"), Config.NormEpsilon);
}
