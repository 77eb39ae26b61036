using System.Security.Cryptography;
using System.Text;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Inheritance;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Evaluation;

public sealed class ModelIdentityTests
{
    [Fact]
    public void Every_number_counts_and_a_tensor_of_several_pieces_is_hashed_as_one()
    {
        using var model = TinyModels.Create(TinyModels.Gpt2(1) with { VocabularySize = 300_000 });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{model.Config} x {model.Precision} {model.Device.type}"));
        foreach (var (name, parameter) in model.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(parameter.detach().bytes);
        }

        var before = ModelIdentity.Of(model, "x");
        Assert.Equal(Convert.ToHexStringLower(hash.GetHashAndReset()), before);
        using (no_grad()) model.Parameters["transformer.wte.weight"][299_999, 31].add_(1);
        Assert.NotEqual(before, ModelIdentity.Of(model, "x"));
    }

    /// <summary>The table's memory is never written, so that the system gives none for it.</summary>
    [Fact]
    public void A_tensor_above_2_GiB_is_hashed()
    {
        using var model = Target.Allocate(TinyModels.Gpt2(1) with { VocabularySize = (1 << 24) + 1 }, CPU);
        Assert.True(model.Parameters["transformer.wte.weight"].numel() * 4 > int.MaxValue);
        Assert.Equal(64, ModelIdentity.Of(model, "x").Length);
    }
}
