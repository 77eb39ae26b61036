using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Tests.Evaluation;

public sealed class LikelihoodScorerTests
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("stories260K", 8192)]
    [InlineData("gpt2-gutenberg-8l", 8192)]
    [InlineData("gpt2-gutenberg-8l", 300)]
    public void Requests_of_real_tasks_get_what_they_get_one_at_a_time(string checkpoint, int budget)
    {
        var (model, tokenizer) = Open(checkpoint);
        using var _ = model;
        var own = new TextGenerator(model, tokenizer).Continue("He said", 12, 0, 1, CancellationToken.None);
        IReadOnlyList<LikelihoodRequest> requests = [.. SampleRequests.OfEveryKind(12), new("greedy", 0, 0, "He said", own)];
        var results = Score(model, tokenizer, budget, requests);
        var plain = PlainScorer.Score(model, tokenizer, requests).ToArray();

        for (var i = 0; i < plain.Length; i++) AssertSame(plain[i], results[i], requests[i]);
    }

    private static void AssertSame(LikelihoodResult expected, LikelihoodResult actual, LikelihoodRequest request)
    {
        // The sum of a whole book's tokens, each rounded to 24 bits: whether the errors cancel depends on the processor's products.
        var tolerance = Math.Max(Tolerance, Math.ScaleB(Math.Abs(expected.LogLikelihood), -24));
        Assert.True(Math.Abs(expected.LogLikelihood - actual.LogLikelihood) <= tolerance, $"{expected.LogLikelihood} is {actual.LogLikelihood} for {request}");
        Assert.Equal(expected.Greedy, actual.Greedy);
    }

    private static LikelihoodResult[] Score(CausalLanguageModel model, ITokenizer tokenizer, int budget, IReadOnlyList<LikelihoodRequest> requests)
    {
        var answers = new LikelihoodScorer(model, tokenizer, budget).Score(requests, CancellationToken.None).ToArray();
        Assert.Equal(Enumerable.Range(0, requests.Count), answers.Select(a => a.Index).Order());
        return [.. answers.OrderBy(a => a.Index).Select(a => a.Result)];
    }

    private static (CausalLanguageModel Model, ITokenizer Tokenizer) Open(string name)
    {
        var folder = new FileStore(TestData.Path($"checkpoints/{name}"));
        return (Target.Load(Checkpoint.Open(folder, "uri"), CPU, SilentStatus.Instance, CancellationToken.None), TokenizerFactory.Load(folder, "uri"));
    }
}
