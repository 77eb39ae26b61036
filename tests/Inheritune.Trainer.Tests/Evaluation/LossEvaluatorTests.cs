using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Tests.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Evaluation;

public sealed class LossEvaluatorTests
{
    private const int Length = 10;

    private readonly WatchedTokens _tokens = new(97, 137);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public void The_exact_loss_is_the_mean_over_every_token_whatever_the_batch(int batchSize)
    {
        using var model = TinyModels.Create(TinyModels.Llama());
        var loss = new LossEvaluator(_tokens, Length, batchSize).Exact(model, "it", SilentStatus.Instance, CancellationToken.None);

        Assert.Equal(0, _tokens.Outstanding);

        // Token by token: each sees the tokens of its own sequence before it.
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var sum = 0.0;
        for (var i = 1; i < _tokens.Length; i++)
        {
            var begin = (i - 1) / Length * Length;
            var logits = model.LastLogits(tensor(_tokens.Ids[begin..i], [1, i - begin]));
            sum -= logits.log_softmax(-1)[0, _tokens.Ids[i]].item<float>();
        }

        Assert.Equal(sum / (_tokens.Length - 1), loss, 1e-5);
    }

    [Fact]
    public void A_loss_that_is_no_number_is_an_error_and_no_result()
    {
        using var model = TinyModels.Create(TinyModels.Llama());
        using (no_grad()) model.Parameters["model.norm.weight"].fill_(3e38f);
        var e = Assert.Throws<RunException>(() => new LossEvaluator(_tokens, Length, 4).Exact(model, "the reference", SilentStatus.Instance, CancellationToken.None));
        Assert.Equal(ExitCode.InvalidInput, e.Code);
        Assert.Contains("the loss of the reference is not a number", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_quick_loss_on_enough_batches_is_that_of_all_whole_sequences()
    {
        using var model = TinyModels.Create(TinyModels.Gpt2());
        var whole = new WatchedTokens(97, 131);
        var evaluator = new LossEvaluator(whole, Length, 4);
        var exact = evaluator.Exact(model, "it", SilentStatus.Instance, CancellationToken.None);

        Assert.Equal(exact, evaluator.Quick(model, 100, CancellationToken.None), 1e-6);
        Assert.NotEqual(exact, evaluator.Quick(model, 1, CancellationToken.None), 1e-6);
        Assert.Equal(evaluator.Quick(model, 1, CancellationToken.None), evaluator.Quick(model, 1, CancellationToken.None));
        Assert.Equal(0, whole.Outstanding);
    }
}
