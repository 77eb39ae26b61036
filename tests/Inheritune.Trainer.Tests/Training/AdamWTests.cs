using Inheritune.Api;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Training;

public sealed class AdamWTests
{
    [Fact]
    public void The_paper_s_groups_decay_four_tensors_a_block_and_no_norm_embedding_or_tied_head()
    {
        using var model = TinyModels.Create(TinyModels.Gpt2(layers: 3));
        using var optimizer = new AdamW(model, new TrainingSpec());
        Assert.Equal(4 * 3, optimizer.Decayed.Count);
        Assert.Equal((2 * 3) + 1 + 2, optimizer.Undecayed.Count);
    }

    [Fact]
    public void A_step_follows_the_published_formula()
    {
        using var model = TinyModels.Create(TinyModels.Gpt2(layers: 1));
        using var optimizer = new AdamW(model, new TrainingSpec { WeightDecay = "0.1" });
        const double lr = 0.01, beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8;
        var name = optimizer.Decayed[0];
        var theta = Values(model.Parameters[name]);
        var (m, v) = (new double[theta.Length], new double[theta.Length]);
        for (var step = 1; step <= 3; step++)
        {
            model.ClearGradients();
            var ids = TinyModels.Ids(model.Config, 2, 24, seed: step);
            model.AddGradients(ids.narrow(1, 0, 23), ids.narrow(1, 1, 23).contiguous(), 1);
            var gradient = Values(model.Parameters[name].grad!);
            optimizer.Step(lr);
            for (var i = 0; i < theta.Length; i++)
            {
                m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
                v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] * gradient[i];
                var (mHat, vHat) = (m[i] / (1 - Math.Pow(beta1, step)), v[i] / (1 - Math.Pow(beta2, step)));
                theta[i] = theta[i] * (1 - lr * 0.1) - lr * mHat / (Math.Sqrt(vHat) + epsilon);
            }
        }

        var actual = Values(model.Parameters[name]);
        for (var i = 0; i < theta.Length; i++) Assert.Equal(theta[i], actual[i], 1e-5);
    }

    private static double[] Values(Tensor tensor) => [.. tensor.detach().to(ScalarType.Float64).flatten().data<double>()];
}
