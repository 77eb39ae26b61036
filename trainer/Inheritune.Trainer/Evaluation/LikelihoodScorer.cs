using Inheritune.Trainer.Models;
using Inheritune.Trainer.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// Answers requests of many tasks together: what they share is read once, what is left is sorted by length and read in batches,
/// and only what is asked for goes through the head. No randomness: the same requests give the same numbers.
/// </summary>
/// <param name="model">The model; left as it is.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="tokenBudget">Tokens of one forward pass, padding included; a longer text is a pass of its own.</param>
internal sealed class LikelihoodScorer(CausalLanguageModel model, ITokenizer tokenizer, int tokenBudget)
{
    /// <summary>Logits that are in memory at a time, 128 MB in Float32: with fewer rows, the product spends its time on arranging the head's weight.</summary>
    private const int LogitsAtOnce = 1 << 25;

    /// <summary>Pairs of tokens of one batch of which one may look at the other: a number each, in an array.</summary>
    private const int MostLooks = 1 << 30;

    /// <summary>Begins texts and stands in for an empty context.</summary>
    public int? PrefixToken { get; init; } = tokenizer.BeginOfDocument ?? tokenizer.EndOfDocument;

    /// <summary>Answers in any order, each as soon as its last batch is done.</summary>
    /// <exception cref="RunException">A request cannot be scored, which is found before the first answer.</exception>
    public IEnumerable<(int Index, LikelihoodResult Result)> Score(IReadOnlyList<LikelihoodRequest> requests, CancellationToken cancellation)
    {
        var encoder = new RequestEncoder(tokenizer, model.Config.ContextLength, PrefixToken, cancellation);
        var sums = new double[requests.Count];
        var greedy = new bool[requests.Count];
        var open = new int[requests.Count];
        var sequences = new List<ScoredSequence>();
        for (var i = 0; i < requests.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            sequences.AddRange(encoder.Encode(i, requests[i]));
            greedy[i] = requests[i].Continuation is not null;
        }

        foreach (var sequence in sequences) open[sequence.Request] += sequence.Scored;
        for (var i = 0; i < open.Length; i++)
            if (open[i] == 0) yield return (i, new(0, greedy[i]));

        ScoredSequence[] sorted = [.. sequences];
        var plan = PrefixPlanner.Plan(sorted);
        using var cache = new KeyValueCache(model.Config.Layers, plan.Depth);
        foreach (var batch in Batches(plan, cache))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var (prediction, logProbability, isGreedy) in Predict([.. batch.Select(tree => TokenTree.Build(sorted.AsSpan(tree.First..tree.End), tree.Start))], cache))
            {
                sums[prediction.Request] += logProbability;
                greedy[prediction.Request] &= isGreedy;
                if (--open[prediction.Request] == 0) yield return (prediction.Request, new(sums[prediction.Request], greedy[prediction.Request]));
            }
        }
    }

    /// <summary>Batches of trees, while the cache holds the context of their group.</summary>
    private IEnumerable<IReadOnlyList<TreeRange>> Batches(PrefixGroup group, KeyValueCache cache)
    {
        var before = cache.Length;
        if (!group.Tokens.IsEmpty) Read(group.Tokens, cache);
        var longestFirst = new Queue<TreeRange>(group.Trees.OrderByDescending(tree => tree.Size));
        while (longestFirst.TryPeek(out var longest))
            yield return [.. Enumerable.Range(0, Math.Clamp(Math.Min(tokenBudget / longest.Size, MostLooks / longest.Size / longest.Size), 1, longestFirst.Count)).Select(_ => longestFirst.Dequeue())];
        foreach (var batch in group.Groups.SelectMany(inner => Batches(inner, cache))) yield return batch;
        cache.Truncate(before);
    }

    private void Read(ReadOnlyMemory<int> tokens, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var idsBT = tensor(Array.ConvertAll(tokens.ToArray(), id => (long)id), [1, tokens.Length]).to(model.Device);
        model.Hidden(idsBT, model.Config.Layers, AttentionContext.Continue(cache, tokens.Length, model.Device));
    }

    // Not an iterator: gradients would stay off in whoever enumerates it.
    private List<(TokenTree.Prediction Prediction, double LogProbability, bool Greedy)> Predict(IReadOnlyList<TokenTree> trees, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var batch = new TreeBatch(trees);
        var context = cache.Length == 0 && batch.IsCausal
            ? AttentionContext.Causal
            : AttentionContext.Trees(batch.PositionsBT.to(model.Device), batch.MaskBTT.to(model.Device), cache);
        var hiddenNC = model.Hidden(batch.IdsBT.to(model.Device), model.Config.Layers, context).flatten(0, 1);
        var answers = new List<(TokenTree.Prediction, double, bool)>();
        var all = batch.Asked.ToArray();
        var parts = (all.Length * (long)model.Config.VocabularySize / LogitsAtOnce) + 1;
        foreach (var asked in all.Chunk((int)(all.Length / parts) + 1))
        {
            using var chunk = NewDisposeScope();
            var logitsNV = model.Predict(hiddenNC.index_select(0, tensor(Array.ConvertAll(asked, a => (long)a.Row)).to(model.Device)));
            var (logSumN, highestN) = NextToken.Of(logitsNV);
            var rows = asked.SelectMany((a, row) => a.Predictions.Select(_ => (long)row)).ToArray();
            var targets = asked.SelectMany(a => a.Predictions.Select(p => (long)p.Target)).ToArray();
            var logits = logitsNV.index(TensorIndex.Tensor(tensor(rows).to(model.Device)), TensorIndex.Tensor(tensor(targets).to(model.Device))).cpu().data<float>().ToArray();
            answers.AddRange(asked.SelectMany(a => a.Predictions).Select((p, i) => (p, logits[i] - logSumN[rows[i]], highestN[rows[i]] == targets[i])));
        }

        return answers;
    }
}
