using System.Globalization;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using TorchSharp;

namespace Inheritune.Trainer.Evaluation;

/// <summary>Puts the questions of a plan to a model.</summary>
/// <param name="plan">The questions.</param>
/// <param name="status">Shows the progress.</param>
internal sealed class TaskEvaluator(EvaluationPlan plan, IRunStatus status)
{
    /// <summary>Tokens of one forward pass; null: <see cref="TokenBudget"/>.</summary>
    public int? TokensAtOnce { get; init; }

    /// <summary>Keeps the journal too, where its folder goes with the process; else null.</summary>
    public IObjectStore? Mirror { get; init; }

    /// <summary>What is best on a device: few, whose activations stay in a processor's caches, and on a GPU as many as one of 16 GB holds with the largest models of the paper.</summary>
    public static int TokenBudget(torch.Device device) => device.type == DeviceType.CUDA ? 8192 : 2048;

    /// <summary>As below, of a model that is loaded.</summary>
    /// <param name="title">The model, for people.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="folder">Local folder for the journal; null for none.</param>
    /// <param name="stop">Ends it.</param>
    public IReadOnlyList<LikelihoodResult> Ask(string title, CausalLanguageModel model, ITokenizer tokenizer, string? folder, CancellationToken stop)
    {
        var prefix = plan.PrefixToken(tokenizer);
        using var journal = folder is null ? null : LikelihoodJournal.Open(folder, $"{ModelIdentity.Of(model, tokenizer.Digest)} {prefix}", plan.Requests, Mirror, status);
        var scorer = new LikelihoodScorer(model, tokenizer, TokensAtOnce ?? TokenBudget(model.Device)) { PrefixToken = prefix };
        return Ask(title, journal, requests => scorer.Score(requests, stop), stop);
    }

    /// <summary>The answers to all requests of the plan. Equal requests are asked once; what the journal knows is not asked again.</summary>
    /// <param name="title">The model, for people.</param>
    /// <param name="journal">Receives the answers as they come; null for none.</param>
    /// <param name="score">The model: answers requests in any order, with the index of each.</param>
    /// <param name="stop">Ends it with <see cref="OperationCanceledException"/>; the journal keeps what is done.</param>
    public IReadOnlyList<LikelihoodResult> Ask(
        string title, LikelihoodJournal? journal, Func<IReadOnlyList<LikelihoodRequest>, IEnumerable<(int Index, LikelihoodResult Result)>> score, CancellationToken stop)
    {
        var places = new Dictionary<(string, string?), int>();
        var sources = plan.Requests.Select((request, i) => places.TryGetValue((request.Context, request.Continuation), out var first) ? first : places[(request.Context, request.Continuation)] = i).ToArray();
        var answers = new LikelihoodResult?[plan.Requests.Count];
        foreach (var (request, answer) in journal?.Known ?? []) answers[request] = answer;
        var open = places.Values.Where(i => answers[i] is null).Order().ToArray();
        if (journal is { Known.Count: > 0 }) status.Info($"{title}: {places.Count - open.Length:N0} of {places.Count:N0} answers are there already");

        using var stage = status.Begin($"Evaluating {title} on {plan.Title}", places.Count, "requests");
        var done = places.Count - open.Length;
        stage.Report(done);
        foreach (var (index, answer) in score([.. open.Select(i => plan.Requests[i])]))
        {
            stop.ThrowIfCancellationRequested();
            if (!double.IsFinite(answer.LogLikelihood))
                throw RunException.Invalid(title, answer.LogLikelihood.ToString(CultureInfo.InvariantCulture), $"is its log-likelihood of a continuation in {plan.Requests[open[index]].Task}; its weights are not all numbers, or too large for this precision");
            answers[open[index]] = answer;
            journal?.Append(open[index], answer);
            stage.Report(++done);
        }

        return [.. sources.Select(i => answers[i] ?? throw new InvalidOperationException($"request {i} was not answered"))];
    }
}
