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
        var whole = Predictions / sequenceLength;
        using var stage = status.Begin($"Evaluating {title}", Predictions / 1e3, "K tokens");
        var sum = 0.0;
        for (var first = 0L; first < whole; first += batchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = (int)Math.Min(batchSize, whole - first);
            sum += SumOfLosses(model, Enumerable.Range(0, count).Select(i => (first + i) * sequenceLength), sequenceLength);
            stage.Report((first + count) * sequenceLength / 1e3);
        }

        var rest = (int)(Predictions - whole * sequenceLength);
        if (rest > 0) sum += SumOfLosses(model, [whole * sequenceLength], rest);
        stage.Report(Predictions / 1e3);
        return sum / Predictions;
    }

    /// <summary>Mean loss over a fixed part of the data: <paramref name="batches"/> batches of sequences, evenly spread.</summary>
    public double Quick(CausalLanguageModel model, int batches, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        var whole = Predictions / sequenceLength;
        var count = Math.Min(whole, (long)batches * batchSize);
        var sum = 0.0;
        for (var first = 0L; first < count; first += batchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            var starts = Enumerable.Range(0, (int)Math.Min(batchSize, count - first)).Select(i => (first + i) * whole / count * sequenceLength);
            sum += SumOfLosses(model, starts, sequenceLength);
        }

        return sum / (count * sequenceLength);
    }

    private double SumOfLosses(CausalLanguageModel model, IEnumerable<long> starts, int length)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
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
