using System.Diagnostics;
using Inheritune.Trainer.Models;
using static TorchSharp.torch;

namespace Inheritune.Benchmarks.Training;

/// <summary>Matrix products of one shape: [M, K] by [K, N].</summary>
/// <param name="M">Rows of the result.</param>
/// <param name="K">Terms of each sum.</param>
/// <param name="N">Columns of the result.</param>
/// <param name="Layout"><c>n</c> or <c>t</c> for each factor: as it lies in memory, or transposed.</param>
/// <param name="Count">How many a training step has.</param>
internal sealed record MatrixProduct(long M, long K, long N, string Layout, int Count)
{
    private const int Rounds = 5;

    public double Flops => 2.0 * M * K * N * Count;

    /// <summary>Every product of a step but those of attention: for a weight, the output, the gradient of the input and its own.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">Tokens of the step.</param>
    public static IReadOnlyList<MatrixProduct> Of(ModelConfig model, long tokens) =>
        [.. Weights(model).SelectMany(w => Products(w.In, w.Out, w.Transposed, tokens)).GroupBy(p => p with { Count = 1 }).Select(g => g.Key with { Count = g.Sum(p => p.Count) })];

    /// <summary>FLOP of attention in a step, forward and backward, with half of it masked away.</summary>
    public static double AttentionFlops(ModelConfig model, int sequence, long tokens) =>
        6.0 * tokens * sequence * model.Heads * model.HeadSize * model.Layers;

    /// <summary>Seconds of all of them, each alone: the median of a few.</summary>
    public double Measure(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var a = Layout[0] == 'n' ? randn(M, K).to(type) : randn(K, M).to(type).t();
        var b = Layout[1] == 'n' ? randn(K, N).to(type) : randn(N, K).to(type).t();
        var result = zeros(M, N, dtype: type);
        var seconds = new double[Rounds];
        for (var i = -1; i < Rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            result.addmm_(a, b, 0, 1);
            if (i >= 0) seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return Count * seconds.Order().ElementAt(Rounds / 2);
    }

    private static IEnumerable<(long In, long Out, bool Transposed)> Weights(ModelConfig model)
    {
        // GPT-2's weights are stored [in, out], Llama's and the head's [out, in].
        foreach (var p in model.Parameters().Where(p => p.Decays))
            yield return model.Family == Api.ModelFamily.GPT2 ? (p.Shape[0], p.Shape[1], false) : (p.Shape[1], p.Shape[0], true);
        yield return (model.HiddenSize, model.VocabularySize, true);
    }

    private static IEnumerable<MatrixProduct> Products(long from, long to, bool transposed, long tokens) =>
    [
        new(tokens, from, to, transposed ? "nt" : "nn", 1),
        new(tokens, to, from, transposed ? "nn" : "nt", 1),
        transposed ? new(to, tokens, from, "tn", 1) : new(from, tokens, to, "tn", 1),
    ];
}
