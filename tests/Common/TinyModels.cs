using Inheritune.Api;
using Inheritune.Trainer;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using static TorchSharp.torch;

namespace Inheritune.Tests;

/// <summary>Models of a few thousand parameters with random weights, biases and norms included.</summary>
internal static class TinyModels
{
    public static ModelConfig Of(ModelFamily family) => family == ModelFamily.GPT2 ? Gpt2() : Llama();

    public static ModelConfig Gpt2(int layers = 4) => ModelConfig.From(
        new ArchitectureSpec { Family = ModelFamily.GPT2, Layers = layers, HiddenSize = 32, Heads = 4, ContextLength = 24 }, vocabularySize: 97);

    public static ModelConfig Llama(int layers = 4) => ModelConfig.From(
        new ArchitectureSpec { Family = ModelFamily.Llama, Layers = layers, HiddenSize = 32, Heads = 4, KeyValueHeads = 2, ContextLength = 24 }, vocabularySize: 97);

    public static CausalLanguageModel Create(ModelConfig config, int seed = 1)
    {
        var model = Target.Allocate(config with { InitializerRange = 0.2 }, CPU);
        Target.Fill(model, InheritancePlan.FromScratch(model.Config), null, seed, SilentStatus.Instance, CancellationToken.None);
        using var _ = no_grad();
        foreach (var spec in config.Parameters().Where(p => p.Kind is ParameterKind.Bias or ParameterKind.NormWeight))
        {
            using var generator = new Generator((ulong)spec.Name.Length);
            model.Parameters[spec.Name].add_(randn(spec.Shape, generator: generator) * 0.3);
        }

        return model;
    }

    public static Tensor Ids(ModelConfig config, int sequences, int length, int seed = 5) =>
        tensor(Enumerable.Range(0, sequences * length).Select(i => CounterRandom.Below(config.VocabularySize, seed, "ids", i)).ToArray(), [sequences, length]);
}
