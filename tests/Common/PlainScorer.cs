using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Tokenization;
using static TorchSharp.torch;

namespace Inheritune.Tests;

/// <summary>The harness's formula and nothing else: one request, one forward pass, every position through the head.</summary>
internal static class PlainScorer
{
    public static IEnumerable<LikelihoodResult> Score(CausalLanguageModel model, ITokenizer tokenizer, IEnumerable<LikelihoodRequest> requests) =>
        requests.Select(request => request.Continuation is null ? Rolling(model, tokenizer, request.Context) : Continuation(model, tokenizer, request.Context, request.Continuation));

    private static LikelihoodResult Continuation(CausalLanguageModel model, ITokenizer tokenizer, string context, string continuation)
    {
        var trimmed = context.TrimEnd();
        continuation = context[trimmed.Length..] + continuation;
        int[] before = trimmed.Length == 0 ? [Prefix(tokenizer)] : [.. tokenizer.Encode(trimmed)];
        int[] whole = trimmed.Length == 0 ? [.. before, .. tokenizer.Encode(continuation)] : [.. tokenizer.Encode(trimmed + continuation)];
        int[] after = whole[before.Length..];
        return Score(model, [.. before, .. after], after.Length);
    }

    private static LikelihoodResult Rolling(CausalLanguageModel model, ITokenizer tokenizer, string text)
    {
        int[] ids = [Prefix(tokenizer), .. tokenizer.Encode(text)];
        var sum = 0.0;
        for (var (done, most) = (1, model.Config.ContextLength); done < ids.Length; done += most)
            sum += Score(model, ids[..Math.Min(ids.Length, done + most)], Math.Min(ids.Length - done, most)).LogLikelihood;
        return new(sum, false);
    }

    private static LikelihoodResult Score(CausalLanguageModel model, int[] ids, int scored)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var window = tensor(Array.ConvertAll(ids[^Math.Min(ids.Length, model.Config.ContextLength + 1)..], id => (long)id));
        var logProbabilities = model.Logits(window[..^1].unsqueeze(0)).squeeze(0).log_softmax(-1)[^scored..];
        var targets = window[^scored..];
        return new(logProbabilities.gather(1, targets.unsqueeze(1)).to(ScalarType.Float64).sum().item<double>(), logProbabilities.argmax(-1).equal(targets).all().item<bool>());
    }

    private static int Prefix(ITokenizer tokenizer) => (tokenizer.BeginOfDocument ?? tokenizer.EndOfDocument)!.Value;
}
