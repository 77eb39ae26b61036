using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Tests.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Evaluation;

public sealed class LossEvaluatorTests
{
    private const int Length = 10;

    /// <summary>A stretch that ends with a window, one that does not, one that is no window, one of a single token, and a long one.</summary>
    private readonly WatchedTokens _tokens = new(97, 137, 21, 36, 40, 41, 137);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public void The_exact_loss_is_the_mean_over_every_token_whatever_the_batch(int batchSize)
    {
        using var model = TinyModels.Create(TinyModels.Llama());
        var loss = new LossEvaluator(_tokens, Length, batchSize).Exact(model, "it", SilentStatus.Instance, CancellationToken.None);

        Assert.Equal(0, _tokens.Outstanding);

        // Token by token: each sees the tokens of its own window before it, and windows begin anew with a stretch.
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (sum, count, first) = (0.0, 0, 0);
        foreach (var end in _tokens.StretchEnds)
        {
            for (var i = first + 1; i < end; i++, count++)
            {
                var begin = first + (i - 1 - first) / Length * Length;
                var logits = model.LastLogits(tensor(_tokens.Ids[begin..i], [1, i - begin]));
                sum -= logits.log_softmax(-1)[0, _tokens.Ids[i]].item<float>();
            }

            first = (int)end;
        }

        Assert.Equal(137 - 5, count);
        Assert.Equal(sum / count, loss, 1e-5);
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

    [Fact]
    public void The_quick_loss_is_a_stage_that_goes_on_with_each_batch()
    {
        using var model = TinyModels.Create(TinyModels.Gpt2());
        var pulse = new Pulse(SilentStatus.Instance, TimeProvider.System);
        List<string?> seen = [];
        pulse.Turned += () => seen.Add(pulse.Standing.Stage);
        new LossEvaluator(new WatchedTokens(97, 131), Length, 4).Quick(model, 3, CancellationToken.None, pulse);
        Assert.Equal(["Evaluating", null], seen);
        Assert.Equal(5, pulse.Beats);
    }

    [Fact]
    public void Where_no_stretch_is_as_long_as_a_sequence_the_quick_loss_has_the_longest_windows_there_are()
    {
        using var model = TinyModels.Create(TinyModels.Gpt2());
        var tokens = new WatchedTokens(97, 24, 8, 16, 24);
        var evaluator = new LossEvaluator(tokens, Length, 2);
        Assert.Equal(evaluator.Exact(model, "it", SilentStatus.Instance, CancellationToken.None), evaluator.Quick(model, 100, CancellationToken.None), 1e-6);
        Assert.Equal(0, tokens.Outstanding);
    }
}
