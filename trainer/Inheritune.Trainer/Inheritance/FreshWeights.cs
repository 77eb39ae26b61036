using Inheritune.Api;
using Inheritune.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Inheritance;

/// <summary>Random initial values as GPT-2's and Llama's authors draw them (inherited from nanoGPT and transformers).</summary>
public static class FreshWeights
{
    /// <summary>A Float32 tensor in host memory; a function of seed and name alone, whatever else is drawn.</summary>
    /// <param name="spec">Name, shape and kind.</param>
    /// <param name="config">The model the tensor is for: its depth scales GPT-2's residual projections.</param>
    /// <param name="policy">The published Llama code leaves the token embedding at PyTorch's own N(0, 1).</param>
    /// <param name="seed">The run's seed.</param>
    public static Tensor Draw(ParameterSpec spec, ModelConfig config, InheritPolicy policy, int seed)
    {
        switch (spec.Kind)
        {
            case ParameterKind.NormWeight: return ones(spec.Shape);
            case ParameterKind.Bias: return zeros(spec.Shape);
        }

        var deviation = spec switch
        {
            { Kind: ParameterKind.ResidualProjection } => config.InitializerRange / Math.Sqrt(2.0 * config.Layers),
            { Part: ModelPart.TokenEmbedding } when config.Family == ModelFamily.Llama && policy == InheritPolicy.Repository => 1.0,
            _ => config.InitializerRange,
        };
        using var generator = new Generator((ulong)CounterRandom.Bits(seed, spec.Name, 0) >> 1);
        return empty(spec.Shape).normal_(0, deviation, generator);
    }
}
