using Inheritune.Trainer.Models;
using Inheritune.Trainer.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Evaluation;

/// <summary>Continues a prompt token by token.</summary>
public sealed class TextGenerator(CausalLanguageModel model, ITokenizer tokenizer)
{
    /// <summary>Returns the continuation, without the prompt; it ends early at the end of a document.</summary>
    /// <param name="prompt">Text to continue; may be empty.</param>
    /// <param name="tokens">How many tokens to add at most.</param>
    /// <param name="temperature">0 takes the most likely token; 1 samples from the model's distribution.</param>
    /// <param name="seed">Seed of the sampling.</param>
    /// <param name="cancellation">Stops the generation.</param>
    public string Continue(string prompt, int tokens, double temperature, int seed, CancellationToken cancellation)
    {
        List<long> ids = [.. Start(), .. tokenizer.Encode(prompt).Select(id => (long)id)];
        if (ids.Count == 0) throw RunException.Invalid("--prompt", prompt, "is empty, and this tokenizer has no token to begin a document with; give a prompt");

        var promptLength = ids.Count;
        for (var i = 0; i < tokens; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var next = Next(ids, temperature, seed);
            if (next == tokenizer.EndOfDocument) break;
            ids.Add(next);
        }

        // Decoded together with the prompt, because the text of a token can depend on the one before it.
        var begin = tokenizer.Decode([.. ids.Take(promptLength).Select(id => (int)id)]);
        return tokenizer.Decode([.. ids.Select(id => (int)id)])[begin.Length..];
    }

    private IEnumerable<long> Start() =>
        (tokenizer.BeginOfDocument ?? tokenizer.EndOfDocument) is { } id ? [id] : [];

    private long Next(List<long> ids, double temperature, int seed)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var window = ids.Skip(Math.Max(0, ids.Count - model.Config.ContextLength)).ToList();

        // Models may be padded beyond the tokenizer; those ids stand for no text.
        var known = Math.Min(tokenizer.VocabularySize, model.Config.VocabularySize);
        var logitsV = model.LastLogits(tensor(window, [1, window.Count]).to(model.Device)).view(-1).narrow(0, 0, known).cpu();
        if (temperature <= 0) return logitsV.argmax().item<long>();

        var cumulative = (logitsV.to(ScalarType.Float64) / temperature).softmax(0).cumsum(0);
        var draw = CounterRandom.Unit(seed, "sample", ids.Count) * cumulative[-1].item<double>();
        return cumulative.le(draw).sum().item<long>();
    }
}
