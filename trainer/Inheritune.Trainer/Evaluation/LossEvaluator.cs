using Inheritune.Trainer.Data;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Evaluation;

/// <summary>Cross-entropy on validation data, cut into sequences that do not overlap. No randomness, so figures compare.</summary>
/// <param name="tokens">The validation data.</param>
/// <param name="sequenceLength">Tokens a model sees at once.</param>
/// <param name="batchSize">Sequences per forward pass.</param>
public sealed class LossEvaluator(ITokenSequence tokens, int sequenceLength, int batchSize)
{
    /// <summary>Number of predictions in the data: every token but the first of all is predicted once.</summary>
    public long Predictions => tokens.Length - 1;

    /// <summary>Mean loss over every token of the data, in nats, the shorter last sequence included.</summary>
    public double Exact(CausalLanguageModel model, string title, IRunStatus status, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(status);
        var (whole, rest) = Math.DivRem(Predictions, sequenceLength);
        var batches = Batches(whole, i => i * sequenceLength);
        if (rest > 0) batches = batches.Append(([whole * sequenceLength], (int)rest));
        using var stage = status.Begin($"Evaluating {title}", Predictions / 1e3, "K tokens");
        var sum = 0.0;
        foreach (var batch in Announced(batches))
        {
            cancellation.ThrowIfCancellationRequested();
            sum += SumOfLosses(model, batch);
            stage.Report((batch.Starts[^1] + batch.Length) / 1e3);
        }

        return double.IsFinite(sum) ? sum / Predictions : throw new RunException(ExitCode.InvalidInput,
            $"the loss of {title} is not a number, though its weights are: something overflows on the way in {model.Precision}; use another precision, or another model");
    }

    /// <summary>Mean loss over a fixed part of the data: <paramref name="batches"/> batches of sequences, evenly spread.</summary>
    public double Quick(CausalLanguageModel model, int batches, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        var whole = Predictions / sequenceLength;
        var count = Math.Min(whole, (long)batches * batchSize);
        var sum = 0.0;
        foreach (var batch in Announced(Batches(count, i => i * whole / count * sequenceLength)))
        {
            cancellation.ThrowIfCancellationRequested();
            sum += SumOfLosses(model, batch);
        }

        return sum / (count * sequenceLength);
    }

    private IEnumerable<(long[] Starts, int Length)> Batches(long count, Func<long, long> start)
    {
        for (var first = 0L; first < count; first += batchSize)
            yield return ([.. Enumerable.Range(0, (int)Math.Min(batchSize, count - first)).Select(i => start(first + i))], sequenceLength);
    }

    /// <summary>The same batches; of each, the next one's data is announced before it is read.</summary>
    private IEnumerable<(long[] Starts, int Length)> Announced(IEnumerable<(long[] Starts, int Length)> batches)
    {
        (long[] Starts, int Length)? before = null;
        foreach (var batch in batches)
        {
            foreach (var start in batch.Starts) tokens.Prefetch(start, batch.Length + 1);
            if (before is { } ready) yield return ready;
            before = batch;
        }

        if (before is { } last) yield return last;
    }

    private double SumOfLosses(CausalLanguageModel model, (long[] Starts, int Length) sequences)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (starts, length) = sequences;
        var window = new long[length + 1];
        var windows = new List<long>();
        foreach (var start in starts)
        {
            tokens.Read(start, window);
            windows.AddRange(window);
        }

        var batch = tensor(windows, [windows.Count / (length + 1), length + 1]).to(model.Device);
        var loss = model.Loss(batch.narrow(1, 0, length), batch.narrow(1, 1, length).contiguous());
        return loss.to(ScalarType.Float64).item<double>() * batch.shape[0] * length;
    }
}
