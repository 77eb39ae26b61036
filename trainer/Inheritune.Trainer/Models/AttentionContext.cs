using Inheritune.Trainer.Native;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>Where the tokens of a forward pass stand, and what they attend to besides themselves.</summary>
public sealed record AttentionContext
{
    private AttentionContext()
    {
    }

    /// <summary>Sequences from their first token on, each token attending to those before it.</summary>
    public static AttentionContext Causal { get; } = new();

    /// <summary>Added to the attention logits, Float32 [B or 1, 1, T, cached + T]; null where causality says it all.</summary>
    internal Tensor? Mask { get; private init; }

    /// <summary>The cache that the one token of the pass goes into; null where there are more, or none to keep.</summary>
    internal KeyValueCache? Next { get; private init; }

    private KeyValueCache? Cache { get; init; }

    /// <summary>Whether the new tokens go into the cache.</summary>
    private bool Keeps { get; init; }

    private Tensor? PositionsBT { get; init; }

    /// <summary>The next <paramref name="tokens"/> tokens of the sequences in a cache, which keeps them too.</summary>
    public static AttentionContext Continue(KeyValueCache cache, int tokens, Device device)
    {
        ArgumentNullException.ThrowIfNull(cache);
        // A single token attends to everything, and the first ones of a sequence are plainly causal.
        var mask = tokens == 1 || cache.Length == 0 ? null
            : empty([1, 1, tokens, cache.Length + tokens], device: device).Fill(double.NegativeInfinity).triu_(cache.Length + 1);
        return new() { Cache = cache, Keeps = true, Mask = mask, Next = tokens == 1 ? cache : null };
    }

    /// <summary>Token trees, each behind the one sequence that a cache holds.</summary>
    /// <param name="positionsBT">Position of each token in its text, Int64.</param>
    /// <param name="maskBTT">0 where a token attends to another of its tree, minus infinity elsewhere, Float32.</param>
    /// <param name="cache">What every token of every tree attends to; it stays as it is.</param>
    public static AttentionContext Trees(Tensor positionsBT, Tensor maskBTT, KeyValueCache cache)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return cache.Length == 0
            ? new() { PositionsBT = positionsBT, Mask = maskBTT.unsqueeze(1) }
            : new() { PositionsBT = positionsBT, Mask = nn.functional.pad(maskBTT, [cache.Length, 0]).unsqueeze(1), Cache = cache };
    }

    /// <summary>Rows of a table [context, C] for the positions of the pass: [T, C], or [B, T, C].</summary>
    internal Tensor AtPositions(Tensor table, long tokens) => PositionsBT is null
        ? table.narrow(0, Cache?.Length ?? 0, tokens)
        : table.index_select(0, PositionsBT.reshape(-1)).view([.. PositionsBT.shape, table.shape[1]]);

    /// <summary>Keys and values that the new tokens attend to: those of the cache, then their own.</summary>
    internal (Tensor KeysBHTD, Tensor ValuesBHTD) Seen(int block, Tensor keysBHTD, Tensor valuesBHTD) =>
        Cache is null ? (keysBHTD, valuesBHTD)
        : Keeps ? Cache.Append(block, keysBHTD, valuesBHTD)
        : Cache.InFrontOf(block, keysBHTD, valuesBHTD);

    /// <summary>Ends a pass through all blocks.</summary>
    internal void Done(long tokens)
    {
        if (Keeps) Cache!.Advance(tokens);
    }
}
