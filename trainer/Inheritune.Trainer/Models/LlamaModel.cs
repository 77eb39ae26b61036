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
        var angles = outer(arange(config.ContextLength, dtype: ScalarType.Float32), tensor(frequencies.ToArray()));
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
        var name = $"{Prefix}layers.{index}";
        xBTC = xBTC + Drop(Attention(index, RmsNorm(xBTC, $"{name}.input_layernorm"), context));
        return xBTC + Drop(Mlp($"{name}.mlp", RmsNorm(xBTC, $"{name}.post_attention_layernorm")));
    }

    protected override Tensor FinalNorm(Tensor xBTC) => RmsNorm(xBTC, Prefix + "norm");

    protected override void Dispose(bool disposing)
    {
        _cosTD.Dispose();
        _sinTD.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Attention(int index, Tensor xBTC, AttentionContext context)
    {
        var name = $"{Prefix}layers.{index}.self_attn";
        var qBHTD = Rotate(Split(Project(xBTC, $"{name}.q_proj"), Config.Heads), context);
        var newBHTD = Rotate(Split(Project(xBTC, $"{name}.k_proj"), Config.KeyValueHeads), context);
        var (kBHTD, vBHTD) = context.Seen(index, newBHTD, Split(Project(xBTC, $"{name}.v_proj"), Config.KeyValueHeads));
        return Project(Attend(qBHTD, kBHTD, vBHTD, context), $"{name}.o_proj");
    }

    private Tensor Mlp(string name, Tensor xBTC) =>
        Project(Activate(Project(xBTC, $"{name}.gate_proj")) * Project(xBTC, $"{name}.up_proj"), $"{name}.down_proj");

    private Tensor Project(Tensor x, string name) => Linear(x, Parameter($"{name}.weight"), OptionalParameter($"{name}.bias"));

    /// <summary>[B, T, H D] to [B, H, T, D].</summary>
    private Tensor Split(Tensor xBTC, int heads) => xBTC.view(xBTC.shape[0], xBTC.shape[1], heads, Config.HeadSize).transpose(1, 2);

    private Tensor Rotate(Tensor xBHTD, AttentionContext context)
    {
        // [1, T, D] or [B, 1, T, D]: the same for every head.
        var cos = context.AtPositions(_cosTD, xBHTD.shape[2]).unsqueeze(-3).to(xBHTD.dtype);
        var sin = context.AtPositions(_sinTD, xBHTD.shape[2]).unsqueeze(-3).to(xBHTD.dtype);
        var halves = xBHTD.chunk(2, -1);
        return xBHTD * cos + cat([-halves[1], halves[0]], -1) * sin;
    }

    private Tensor RmsNorm(Tensor xBTC, string name)
    {
        var meanSquare = xBTC.square().mean([-1], keepdim: true);
        return xBTC * (meanSquare + Config.NormEpsilon).rsqrt() * Parameter($"{name}.weight");
    }
}
