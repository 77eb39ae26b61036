using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Inheritance;

public sealed class InheritanceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Families => ["GPT2", "Llama"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Inheriting_all_layers_gives_bit_identical_logits(string family)
    {
        var (reference, checkpoint) = Reference(family);
        using var target = Inherit(checkpoint, new InheritSpec { Layers = 4 });
        var ids = TinyModels.Ids(reference.Config, 2, 20);

        Assert.True(reference.Logits(ids).equal(target.Logits(ids)).all().item<bool>());
        reference.Dispose();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Inheriting_n_layers_gives_the_reference_s_hidden_state_after_block_n(string family)
    {
        var (reference, checkpoint) = Reference(family);
        using var target = Inherit(checkpoint, new InheritSpec { Layers = 3 });
        var ids = TinyModels.Ids(reference.Config, 2, 20);

        Assert.Equal(3, target.Config.Layers);
        Assert.True(reference.Hidden(ids, 3).equal(target.Hidden(ids, 3)).all().item<bool>());
        Assert.False(reference.Hidden(ids, 2).equal(target.Hidden(ids, 3)).all().item<bool>());
        reference.Dispose();
    }

    [Fact]
    public void Only_the_inherited_tensors_are_read()
    {
        var (reference, checkpoint) = Reference("Llama");
        using var target = Inherit(checkpoint, new InheritSpec { Layers = 2 });

        Assert.Equal(4 * target.Config.ParameterCount, checkpoint.BytesRead);
        Assert.True(checkpoint.BytesRead < 4 * reference.Config.ParameterCount);
        reference.Dispose();
    }

    [Theory]
    [InlineData("GPT2", InheritPolicy.Paper, "")]
    [InlineData("GPT2", InheritPolicy.Repository, "transformer.wpe.weight,transformer.ln_f.weight")]
    [InlineData("Llama", InheritPolicy.Paper, "")]
    [InlineData("Llama", InheritPolicy.Repository, "model.norm.weight")]
    public void A_policy_decides_what_stands_outside_the_blocks(string family, InheritPolicy policy, string fresh)
    {
        var plan = InheritancePlan.For(Config(family), new InheritSpec { Layers = 2, Policy = policy });
        Assert.Equal(fresh.Split(',', StringSplitOptions.RemoveEmptyEntries), plan.Fresh.Select(p => p.Name));
    }

    [Fact]
    public void The_repository_policy_forgets_an_untied_token_embedding_and_draws_it_with_deviation_one()
    {
        var config = TinyModels.Llama() with { TiedHead = false, VocabularySize = 4096 };
        var plan = InheritancePlan.For(config, new InheritSpec { Layers = 2, Policy = InheritPolicy.Repository });
        Assert.Equal(["model.embed_tokens.weight", "model.norm.weight"], plan.Fresh.Select(p => p.Name));

        using var embedding = FreshWeights.Draw(plan.Fresh[0], plan.Target, plan.Policy, 1);
        Assert.Equal(1.0, embedding.std().item<float>(), 0.02);
    }

    [Theory]
    [InlineData(new[] { BlockPart.Attention, BlockPart.Norms }, new[] { ModelPart.MLP, ModelPart.MLPNorm })]
    [InlineData(new[] { BlockPart.MLP, BlockPart.Norms }, new[] { ModelPart.Attention, ModelPart.AttentionNorm })]
    [InlineData(new[] { BlockPart.Attention, BlockPart.MLP }, new[] { ModelPart.AttentionNorm, ModelPart.MLPNorm })]
    public void A_mask_leaves_the_other_parts_of_the_blocks_fresh(BlockPart[] parts, ModelPart[] fresh)
    {
        var plan = InheritancePlan.For(TinyModels.Gpt2(), new InheritSpec { Layers = 2, Parts = parts });
        Assert.Equal(fresh.Order(), plan.Fresh.Select(p => p.Part).Distinct().Order());
    }

    [Fact]
    public void Fresh_residual_projections_are_scaled_by_the_target_s_own_depth()
    {
        var config = TinyModels.Gpt2() with { HiddenSize = 256, Layers = 8 };
        var spec = config.Parameters().First(p => p.Kind == ParameterKind.ResidualProjection);
        using var weights = FreshWeights.Draw(spec, config, InheritPolicy.Random, 1);
        Assert.Equal(0.02 / Math.Sqrt(16), weights.std().item<float>(), 1e-4);
    }

    [Fact]
    public void Fresh_weights_depend_on_seed_and_name_alone()
    {
        var config = TinyModels.Gpt2();
        var spec = config.Parameters()[0];
        using var first = FreshWeights.Draw(spec, config, InheritPolicy.Random, 1);
        using var again = FreshWeights.Draw(spec, config with { Layers = 2 }, InheritPolicy.Random, 1);
        using var other = FreshWeights.Draw(spec, config, InheritPolicy.Random, 2);
        Assert.True(first.equal(again).all().item<bool>());
        Assert.False(first.equal(other).any().item<bool>());
    }

    [Fact]
    public void More_layers_than_the_reference_has_are_refused_with_the_depth()
    {
        var e = Assert.Throws<RunException>(() => InheritancePlan.For(TinyModels.Gpt2(), new InheritSpec { Layers = 5 }));
        Assert.Equal(ExitCode.InvalidInput, e.Code);
        Assert.Contains("spec.inherit.layers: '5' is more than the reference's 4 layers", e.Message, StringComparison.Ordinal);
    }

    private static ModelConfig Config(string family) => family == "GPT2" ? TinyModels.Gpt2() : TinyModels.Llama();

    private (CausalLanguageModel Reference, Checkpoint Checkpoint) Reference(string family)
    {
        using var model = TinyModels.Create(Config(family));
        HuggingFaceExporter.Write(model, null, _folder.Store, 0, ExportPrecision.Float32, _folder.Store);
        var checkpoint = Checkpoint.Open(_folder.Store, "uri");
        var reference = Target.Load(Checkpoint.Open(_folder.Store, "uri"), CPU, SilentStatus.Instance, CancellationToken.None);
        return (reference, checkpoint);
    }

    private static CausalLanguageModel Inherit(Checkpoint checkpoint, InheritSpec inherit)
    {
        var plan = InheritancePlan.For(checkpoint.Config, inherit);
        var model = Target.Allocate(plan.Target, CPU);
        Target.Fill(model, plan, checkpoint, 1, SilentStatus.Instance, CancellationToken.None);
        return model;
    }
}
