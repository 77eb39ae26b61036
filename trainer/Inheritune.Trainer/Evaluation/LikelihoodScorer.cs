using Inheritune.Trainer.Models;
using Inheritune.Trainer.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Evaluation;

/// <summary>Answers requests one after the other.</summary>
/// <param name="model">The model; left as it is.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="tokenBudget">Tokens of one forward pass.</param>
internal sealed class LikelihoodScorer(CausalLanguageModel model, ITokenizer tokenizer, int tokenBudget)
{
    /// <summary>Begins texts and stands in for an empty context.</summary>
    public int? PrefixToken { get; init; } = tokenizer.BeginOfDocument ?? tokenizer.EndOfDocument;

    public IEnumerable<(int Index, LikelihoodResult Result)> Score(IReadOnlyList<LikelihoodRequest> requests, CancellationToken cancellation)
    {
        _ = tokenBudget;
        foreach (var (index, request) in requests.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            yield return (index, request.Continuation is null ? Rolling(request.Context) : Single(request.Context, request.Continuation));
        }
    }

    private LikelihoodResult Single(string context, string continuation)
    {
        var spaces = context.Length - context.TrimEnd().Length;
        (context, continuation) = (context[..^spaces], context[^spaces..] + continuation);
        int[] before = context.Length == 0 ? [PrefixToken!.Value] : [.. tokenizer.Encode(context)];
        int[] ids = context.Length == 0 ? [.. before, .. tokenizer.Encode(continuation)] : [.. tokenizer.Encode(context + continuation)];
        return Predict(ids, ids.Length - before.Length);
    }

    private LikelihoodResult Rolling(string text)
    {
        int[] ids = [PrefixToken!.Value, .. tokenizer.Encode(text)];
        var sum = 0.0;
        for (var start = 1; start < ids.Length; start += model.Config.ContextLength)
        {
            var end = Math.Min(ids.Length, start + model.Config.ContextLength);
            sum += Predict(ids[Math.Max(0, end - model.Config.ContextLength - 1)..end], end - start).LogLikelihood;
        }

        return new(sum, false);
    }

    private LikelihoodResult Predict(int[] ids, int count)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var kept = ids[Math.Max(0, ids.Length - model.Config.ContextLength - 1)..];
        var logitsTV = model.Logits(tensor(kept[..^1].Select(id => (long)id).ToArray(), [1, kept.Length - 1]).to(model.Device))[0].narrow(0, kept.Length - 1 - count, count);
        var targetsT = tensor(kept[^count..].Select(id => (long)id).ToArray()).to(model.Device);
        var logProbabilities = logitsTV.log_softmax(-1).gather(1, targetsT.unsqueeze(1)).to(ScalarType.Float64).sum().item<double>();
        return new(logProbabilities, logitsTV.argmax(-1).eq(targetsT).all().item<bool>());
    }
}
