using Inheritune.Trainer.Native;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>GPT-2: learned positions, LayerNorm in front of attention and MLP, GELU, tied head; with or without biases.</summary>
public sealed class Gpt2Model : CausalLanguageModel
{
    private const string Prefix = "transformer.";

    internal Gpt2Model(ModelConfig config, IReadOnlyDictionary<string, Tensor> parameters, Device device)
        : base(config, parameters, device)
    {
    }

    /// <summary>Every parameter, in the order of the forward pass.</summary>
    public static IEnumerable<ParameterSpec> Layout(ModelConfig c)
    {
        yield return new(Prefix + "wte.weight", [c.VocabularySize, c.HiddenSize], ParameterKind.Embedding, ModelPart.TokenEmbedding);
        yield return new(Prefix + "wpe.weight", [c.ContextLength, c.HiddenSize], ParameterKind.Embedding, ModelPart.PositionEmbedding);
        var block = Enumerable.Range(0, c.Layers).SelectMany(i => new[]
        {
            Norm($"h.{i}.ln_1", ModelPart.AttentionNorm, i),
            Affine($"h.{i}.attn.c_attn", c.HiddenSize, 3 * c.HiddenSize, ParameterKind.Linear, ModelPart.Attention, c.AttentionBias, i),
            Affine($"h.{i}.attn.c_proj", c.HiddenSize, c.HiddenSize, ParameterKind.ResidualProjection, ModelPart.Attention, c.AttentionBias, i),
            Norm($"h.{i}.ln_2", ModelPart.MLPNorm, i),
            Affine($"h.{i}.mlp.c_fc", c.HiddenSize, c.IntermediateSize, ParameterKind.Linear, ModelPart.MLP, c.MlpBias, i),
            Affine($"h.{i}.mlp.c_proj", c.IntermediateSize, c.HiddenSize, ParameterKind.ResidualProjection, ModelPart.MLP, c.MlpBias, i),
        });
        foreach (var spec in block.Append(Norm("ln_f", ModelPart.FinalNorm, null)).SelectMany(specs => specs)) yield return spec;
        if (!c.TiedHead) yield return new("lm_head.weight", [c.VocabularySize, c.HiddenSize], ParameterKind.Linear, ModelPart.Head);

        IEnumerable<ParameterSpec> Norm(string name, ModelPart part, int? index)
        {
            yield return new($"{Prefix}{name}.weight", [c.HiddenSize], ParameterKind.NormWeight, part, index);
            if (c.NormBias) yield return new($"{Prefix}{name}.bias", [c.HiddenSize], ParameterKind.Bias, part, index);
        }

        static IEnumerable<ParameterSpec> Affine(string name, int from, int to, ParameterKind kind, ModelPart part, bool bias, int index)
        {
            yield return new($"{Prefix}{name}.weight", [from, to], kind, part, index);
            if (bias) yield return new($"{Prefix}{name}.bias", [to], ParameterKind.Bias, part, index);
        }
    }

    protected override Tensor EmbeddingWeight => Parameter(Prefix + "wte.weight");

    protected override Tensor HeadWeight => Config.TiedHead ? EmbeddingWeight : Parameter("lm_head.weight");

    protected override Tensor Embed(Tensor rowsBTC, AttentionContext context) =>
        Drop(rowsBTC.Plus(context.AtPositions(Parameter(Prefix + "wpe.weight"), rowsBTC.shape[1])));

    protected override Tensor Block(int index, Tensor xBTC, AttentionContext context)
    {
        xBTC = xBTC.Plus(Drop(Attention(index, LayerNorm(xBTC, $"{Prefix}h.{index}.ln_1"), context)));
        return xBTC.Plus(Drop(Mlp(index, LayerNorm(xBTC, $"{Prefix}h.{index}.ln_2"))));
    }

    protected override Tensor FinalNorm(Tensor xBTC) => LayerNorm(xBTC, Prefix + "ln_f");

    private Tensor Attention(int index, Tensor xBTC, AttentionContext context)
    {
        var name = $"{Prefix}h.{index}.attn";
        var qkvBTC = Conv1D(xBTC, Parameter($"{name}.c_attn.weight"), OptionalParameter($"{name}.c_attn.bias"));
        if (IsJoint(qkvBTC, context))
            return Conv1D(Attend(index, qkvBTC, new(Config.Heads, Config.Heads, Config.HeadSize, Config.QueryFactor(index)), context), Parameter($"{name}.c_proj.weight"), OptionalParameter($"{name}.c_proj.bias"));
        var parts = qkvBTC.view(xBTC.shape[0], xBTC.shape[1], 3, Config.Heads, Config.HeadSize).unbind(2);
        var (kBHTD, vBHTD) = context.Seen(index, parts[1].transpose(1, 2), parts[2].transpose(1, 2));
        var yBTC = Attend(ScaleQuery(index, parts[0].transpose(1, 2)), kBHTD, vBHTD, context);
        return Conv1D(yBTC, Parameter($"{name}.c_proj.weight"), OptionalParameter($"{name}.c_proj.bias"));
    }

    /// <summary>Puts what deviates from 1/sqrt(D) into the query, so that the fused attention kernel can be used.</summary>
    private Tensor ScaleQuery(int index, Tensor qBHTD)
    {
        var factor = Config.QueryFactor(index);
        return factor == 1 ? qBHTD : qBHTD.Times(factor);
    }

    private Tensor Mlp(int index, Tensor xBTC)
    {
        var name = $"{Prefix}h.{index}.mlp";
        var hBTI = Activate(Conv1D(xBTC, Parameter($"{name}.c_fc.weight"), OptionalParameter($"{name}.c_fc.bias")));
        return Conv1D(hBTI, Parameter($"{name}.c_proj.weight"), OptionalParameter($"{name}.c_proj.bias"));
    }

    private Tensor LayerNorm(Tensor xBTC, string name) =>
        nn.functional.layer_norm(xBTC, [Config.HiddenSize], Parameter($"{name}.weight"), OptionalParameter($"{name}.bias"), Config.NormEpsilon);
}
