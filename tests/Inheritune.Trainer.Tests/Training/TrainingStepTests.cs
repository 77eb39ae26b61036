using Inheritune.Api;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Tests.Data;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Training;

[Collection(nameof(RunsAlone))]
public sealed class TrainingStepTests
{
    /// <summary>The operators by which libtorch asks for a value, often to find out how large a result will be. What this project reads itself they do not show on a CPU.</summary>
    private static readonly string[] Waiting = ["aten::item", "aten::_local_scalar_dense", "aten::nonzero", "aten::is_nonzero", "aten::equal"];

    [Theory]
    [InlineData(ModelFamily.GPT2, ComputePrecision.Float32)]
    [InlineData(ModelFamily.GPT2, ComputePrecision.BFloat16)]
    [InlineData(ModelFamily.Llama, ComputePrecision.Float32)]
    [InlineData(ModelFamily.Llama, ComputePrecision.BFloat16)]
    public void No_operator_of_a_step_waits_for_a_value(ModelFamily family, ComputePrecision precision)
    {
        using var model = TinyModels.Create(TinyModels.Of(family));
        var spec = new TrainingSpec { GradientAccumulationSteps = 2, Dropout = "0.1" };
        (model.Precision, model.Dropout) = (precision, 0.1);
        using var optimizer = new AdamW(model, spec);
        var step = Step(model, optimizer, spec);
        OperatorTimes.Start();
        OperatorTimes.Take();

        using var first = step.Gradients(0, CancellationToken.None);
        using var second = step.Gradients(1, CancellationToken.None);
        var gradients = OperatorTimes.Take();
        step.Update(1e-3, second);
        var update = OperatorTimes.Take();
        var (loss, norm) = first.Read();

        Assert.Contains("aten::index_add_", gradients.Keys);
        Assert.Empty(gradients.Keys.Intersect(Waiting));
        // The CPU's kernel, not the GPU's, asks each step count, which is in host memory with it.
        Assert.Contains("aten::_fused_adamw_", update.Keys);
        Assert.Equal(model.Parameters.Count, Waiting.Intersect(update.Keys).Where(name => name == "aten::item").Sum(name => update[name].Calls));
        Assert.Empty(update.Keys.Intersect(Waiting).Except(["aten::item", "aten::_local_scalar_dense"]));
        Assert.InRange(loss, 1, 10);
        Assert.InRange(norm, 1e-3, 1e3);
        Assert.NotEqual(loss, second.Read().Loss);
    }

    [Theory]
    [InlineData("0.01", true)]
    [InlineData("1000000", false)]
    [InlineData("0", false)]
    public void Gradients_above_the_limit_are_clipped_to_it_and_others_stay(string limit, bool clips)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(TinyModels.Gpt2());
        var spec = new TrainingSpec { GradientClipNorm = limit };
        using var optimizer = new AdamW(model, spec);
        var step = Step(model, optimizer, spec);
        using var figures = step.Gradients(0, CancellationToken.None);
        var before = model.Parameters.Values.Select(p => p.grad!.clone()).ToList();
        step.Update(1e-3, figures);

        Assert.Equal(figures.Read().GradientNorm, stack(before.Select(g => g.norm()).ToList()).norm().item<float>(), 1e-6);
        Assert.Equal(!clips, before.Zip(model.Parameters.Values).All(pair => pair.First.equal(pair.Second.grad!).all().item<bool>()));
        if (clips) Assert.Equal(0.01, stack(model.Parameters.Values.Select(p => p.grad!.norm()).ToList()).norm().item<float>(), 1e-6);
    }

    private static TrainingStep Step(CausalLanguageModel model, AdamW optimizer, TrainingSpec spec) =>
        new(model, optimizer, new BatchSampler(new WatchedTokens(97, 5000), 24, 4, spec.Seed, CPU, 100), spec);
}
