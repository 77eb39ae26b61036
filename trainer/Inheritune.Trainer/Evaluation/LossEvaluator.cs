using Inheritune.Trainer.Data;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// Cross-entropy on validation data. Each stretch of the data is cut into windows of a sequence, which do not overlap; the last is shorter. Of
/// each the model sees the tokens before, from the window's begin on, and so predicts every token but the first of a stretch exactly
/// once. No randomness, so figures compare.
/// </summary>
/// <param name="tokens">The validation data.</param>
/// <param name="sequenceLength">Tokens a model sees at once.</param>
/// <param name="batchSize">Sequences per forward pass.</param>
public sealed class LossEvaluator(ITokenSequence tokens, int sequenceLength, int batchSize)
{
    private readonly Windows _whole = Windows.AtMost(tokens, sequenceLength, sequenceLength);

    /// <summary>Number of predictions in the data.</summary>
    public long Predictions { get; } = tokens.Length - tokens.StretchEnds.Count;

    /// <summary>Mean loss over every token that is predicted, in nats.</summary>
    public double Exact(CausalLanguageModel model, string title, IRunStatus status, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(status);
        using var stage = status.Begin($"Evaluating {title}", Predictions / 1e3, "K tokens");
        var (sum, done) = (0.0, 0L);
        foreach (var batch in Announced(All()))
        {
            cancellation.ThrowIfCancellationRequested();
            sum += SumOfLosses(model, batch);
            stage.Report((done += (long)batch.Starts.Length * batch.Length) / 1e3);
        }

        return double.IsFinite(sum) ? sum / Predictions : throw new RunException(ExitCode.InvalidInput,
            $"the loss of {title} is not a number, though its weights are: something overflows on the way in {model.Precision}; use another precision, or another model");
    }

    /// <summary>Mean loss over a fixed part of the data: <paramref name="batches"/> batches of whole sequences, evenly spread.</summary>
    public double Quick(CausalLanguageModel model, int batches, CancellationToken cancellation, IRunStatus? status = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var count = Math.Min(_whole.Count, (long)batches * batchSize);
        var starts = Enumerable.Range(0, (int)count).Select(i => _whole[i * _whole.Count / count]);
        var (sum, done) = (0.0, 0);
        using var stage = status?.Begin("Evaluating", count, "sequences");
        foreach (var batch in Announced(starts.Chunk(batchSize).Select(chunk => (chunk, _whole.Length))))
        {
            cancellation.ThrowIfCancellationRequested();
            sum += SumOfLosses(model, batch);
            stage?.Report(done += batch.Starts.Length);
        }

        return sum / (count * _whole.Length);
    }

    /// <summary>All windows in their order, but for whole ones that wait until there are enough for a batch.</summary>
    private IEnumerable<(long[] Starts, int Length)> All()
    {
        var whole = new List<long>();
        var start = 0L;
        foreach (var end in tokens.StretchEnds)
        {
            for (; end - start > _whole.Length; start += _whole.Length)
            {
                whole.Add(start);
                if (whole.Count < batchSize) continue;
                yield return ([.. whole], _whole.Length);
                whole.Clear();
            }

            if (end - start > 1) yield return ([start], (int)(end - start - 1));
            start = end;
        }

        if (whole.Count > 0) yield return ([.. whole], _whole.Length);
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
