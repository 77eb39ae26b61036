using Inheritune.Trainer.Models;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Evaluation;

/// <summary>Continues a prompt token by token.</summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="ends">Ids at each of which a text ends; null: the tokenizer's EOS.</param>
public sealed class TextGenerator(CausalLanguageModel model, ITokenizer tokenizer, IReadOnlyList<int>? ends = null)
{
    private readonly long[] _ends = [.. (ends ?? (tokenizer.EndOfText is { } end ? [end] : [])).Select(id => (long)id)];

    // Models may be padded beyond the tokenizer; those ids stand for no text.
    private readonly int _known = Math.Min(tokenizer.VocabularySize, model.Config.VocabularySize);

    /// <summary>Returns the continuation, without the prompt; it ends early at the end of a document.</summary>
    /// <param name="prompt">Text to continue; may be empty.</param>
    /// <param name="tokens">How many tokens to add at most.</param>
    /// <param name="temperature">0 takes the most likely token; 1 samples from the model's distribution.</param>
    /// <param name="seed">Seed of the sampling.</param>
    /// <param name="cancellation">Stops the generation.</param>
    /// <param name="status">Hears that it gets on.</param>
    public string Continue(string prompt, int tokens, double temperature, int seed, CancellationToken cancellation, IRunStatus? status = null)
    {
        var ids = Start(tokenizer.Encode(prompt, TextPart.Whole, cancellation));
        if (ids.Count == 0) throw RunException.Invalid("--prompt", prompt, "is empty, and this tokenizer has no token to begin a document with; give a prompt");

        var promptLength = ids.Count;
        ids.AddRange(Extend(ids, tokens, temperature, seed, cancellation, status));

        // Decoded together with the prompt, because the text of a token can depend on the one before it.
        var begin = tokenizer.Decode(ids[..promptLength]);
        return tokenizer.Decode(ids)[begin.Length..];
    }

    /// <summary>As <see cref="Continue"/>, from ids to ids, without that of the end.</summary>
    internal List<int> Generate(IReadOnlyList<int> prompt, int tokens, double temperature, int seed, CancellationToken cancellation)
    {
        var added = Extend(prompt, tokens, temperature, seed, cancellation);
        if (added is [.., var last] && _ends.Contains(last)) added.RemoveAt(added.Count - 1);
        return added;
    }

    private List<int> Extend(IReadOnlyList<int> prompt, int tokens, double temperature, int seed, CancellationToken cancellation, IRunStatus? status = null)
    {
        var ids = prompt.Select(id => (long)id).ToList();
        using var cache = new KeyValueCache(model.Config.Layers, (int)Math.Min(model.Config.ContextLength, (long)ids.Count + tokens));
        for (var i = 0; i < tokens; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var next = Next(ids, cache, temperature, seed);
            ids.Add(next);
            status?.Beat();
            if (_ends.Contains(next)) break;
        }

        return [.. ids.Skip(prompt.Count).Select(id => (int)id)];
    }

    /// <summary>With the mark that the tokenizer puts in front of a text; nothing but that of a document stands for no text at all.</summary>
    private List<int> Start(IReadOnlyList<int> prompt)
    {
        var mark = tokenizer.BeginOfDocument ?? (prompt.Count == 0 ? tokenizer.EndOfDocument : null);
        return mark is { } id ? [id, .. prompt] : [.. prompt];
    }

    private long Next(List<long> ids, KeyValueCache cache, double temperature, int seed)
    {
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var logitsV = Logits(ids, cache).view(-1).narrow(0, 0, _known);
        if (temperature <= 0) return logitsV.argmax().item<long>();

        // From the highest down, so that no temperature is too small to divide by.
        var realV = logitsV.cpu().to(ScalarType.Float64);
        var cumulative = realV.Plus(-realV.max().item<double>()).Over(temperature).softmax(0).cumsum(0);
        var draw = CounterRandom.Unit(seed, "sample", ids.Count) * cumulative[-1].item<double>();
        return cumulative.AtMost(draw).sum().item<long>();
    }

    private Tensor Logits(List<long> ids, KeyValueCache cache)
    {
        var context = model.Config.ContextLength;
        // Once a text is longer than the context, every token of the window has moved, and what is cached of it is no longer true.
        var window = ids.Count <= context ? ids[cache.Length..] : ids[^context..];
        return model.LastLogits(
            tensor(window, [1, window.Count]).to(model.Device),
            ids.Count <= context ? AttentionContext.Continue(cache, window.Count, model.Device) : null);
    }
}
