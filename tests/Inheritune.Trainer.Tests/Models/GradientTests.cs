using Inheritune.Api;
using Inheritune.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Models;

/// <summary>The gradients that training takes against those that libtorch finds from plain logits.</summary>
public sealed class GradientTests
{
    public static TheoryData<ModelFamily, bool> Models => new(from family in Enum.GetValues<ModelFamily>() from tied in new[] { true, false } select (family, tied));

    [Theory]
    [MemberData(nameof(Models))]
    public void They_equal_libtorch_s_and_add_up(ModelFamily family, bool tied)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(TinyModels.Of(family) with { TiedHead = tied });
        var windows = TinyModels.Ids(model.Config, 6, 25);
        var (idsBT, targetsBT) = (windows.narrow(1, 0, 24), windows.narrow(1, 1, 24).contiguous());
        var loss = nn.functional.cross_entropy(model.Logits(idsBT).view(-1, model.Config.VocabularySize), targetsBT.view(-1));
        loss.backward();
        var expected = model.Parameters.ToDictionary(p => p.Key, p => p.Value.grad!.clone());
        model.ClearGradients();
        model.AddGradients(idsBT, targetsBT, 3);
        model.ClearGradients();

        var once = model.AddGradients(idsBT, targetsBT, 1);
        model.AddGradients(idsBT, targetsBT, 0.5);

        Assert.Equal(loss.item<float>(), once.item<float>(), 1e-5);
        Assert.Equal(loss.item<float>(), model.Loss(idsBT, targetsBT).item<float>(), 1e-5);
        Assert.All(expected, pair => Assert.True((pair.Value * 1.5).allclose(model.Parameters[pair.Key].grad!, 1e-4, 1e-6), pair.Key));
    }

    [Theory]
    [InlineData(ModelFamily.GPT2, ComputePrecision.Float32)]
    [InlineData(ModelFamily.GPT2, ComputePrecision.BFloat16)]
    [InlineData(ModelFamily.Llama, ComputePrecision.Float32)]
    [InlineData(ModelFamily.Llama, ComputePrecision.BFloat16)]
    public void They_are_the_same_when_activations_are_computed_again(ModelFamily family, ComputePrecision precision)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Create(TinyModels.Of(family));
        var windows = TinyModels.Ids(model.Config, 6, 25);
        var (idsBT, targetsBT) = (windows.narrow(1, 0, 24).contiguous(), windows.narrow(1, 1, 24).contiguous());
        (model.Precision, model.Dropout) = (precision, 0.2);
        var undropped = model.Loss(idsBT, targetsBT).item<float>();

        List<Tensor> Gradients(long dropoutSeed)
        {
            model.ClearGradients();
            // Twice: the second adds to the first.
            Tensor[] losses = [model.AddGradients(idsBT, targetsBT, 0.5, dropoutSeed), model.AddGradients(targetsBT, idsBT, 0.5, dropoutSeed + 100)];
            return [.. losses, .. model.Parameters.Values.Select(p => p.grad!.clone())];
        }

        var (kept, other) = (Gradients(7), Gradients(8));
        model.ActivationCheckpointing = true;
        var again = Gradients(7);

        Assert.True(kept.Zip(again).All(pair => pair.First.equal(pair.Second).all().item<bool>()));
        Assert.False(other[0].equal(again[0]).item<bool>());
        Assert.Equal(undropped, model.Loss(idsBT, targetsBT).item<float>());
    }

    [Theory]
    [InlineData(ComputePrecision.Float32, 1e-6)]
    [InlineData(ComputePrecision.BFloat16, 2e-2)]
    public void A_head_in_parts_is_the_head_as_a_whole(ComputePrecision precision, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (xNC, weightVC) = (randn(50, 16, generator: generator).requires_grad_(), (randn(101, 16, generator: generator) * 0.3).requires_grad_());
        var targetsN = arange(50) * 3 % 101;
        (nn.functional.cross_entropy(xNC.matmul(weightVC.t()), targetsN, reduction: nn.Reduction.Sum) * 2).backward();

        using var _ = no_grad();
        foreach (var part in new[] { 101L * 7, 101L * 1000 })
        {
            var gradientVC = ones_like(weightVC);
            var head = new HeadLoss(xNC.detach(), weightVC.detach(), targetsN, precision, part);
            var (sum, gradientNC) = head.WithGradient(2, gradientVC, isFresh: false);
            Assert.Equal(sum.item<float>(), head.Sum().item<float>(), 1e-3);
            Assert.True(gradientNC.allclose(xNC.grad!, tolerance, 10 * tolerance));
            Assert.True((gradientVC - 1).allclose(weightVC.grad!, tolerance, 30 * tolerance));
        }
    }
}
