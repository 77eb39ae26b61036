using Inheritune.Api;
using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// A decoder LM on one device. Letters behind tensor names give their shape: B sequences, T positions, C channels
/// (hidden size), H heads, D head size, V vocabulary. Parameters are Float32; with <see cref="ComputePrecision.BFloat16"/>
/// the matrix products run in that format while embeddings, norms, softmax and loss stay in Float32, as PyTorch's autocast does.
/// </summary>
public abstract class CausalLanguageModel : IDisposable
{
    /// <summary>Of the dropout of the pass that is under way; null in passes that drop nothing.</summary>
    private long? _dropoutSeed;

    protected CausalLanguageModel(ModelConfig config, IReadOnlyDictionary<string, Tensor> parameters, Device device)
    {
        Config = config;
        Device = device;
        Parameters = parameters;
    }

    public ModelConfig Config { get; }

    public Device Device { get; }

    /// <summary>Parameters by their Hugging Face names; owned by the model.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters { get; }

    /// <summary>Number format of the matrix products.</summary>
    public ComputePrecision Precision { get; set; } = ComputePrecision.Float32;

    /// <summary>Dropout probability; applies only in <see cref="AddGradients"/>.</summary>
    public double Dropout { get; set; }

    /// <summary>
    /// Keeps nothing of a block but what enters it, and computes the rest again on the way back (Chen et al., 2016): a third more work, a
    /// fraction of the memory, the same gradients.
    /// </summary>
    public bool ActivationCheckpointing { get; set; }

    /// <summary>Learns what <see cref="AddGradients"/> is busy with.</summary>
    public ActivityClock? Clock { get; set; }

    /// <summary>Builds a model from its parameters, which it owns from then on.</summary>
    public static CausalLanguageModel Create(ModelConfig config, IReadOnlyDictionary<string, Tensor> parameters, Device device) => config.Family switch
    {
        ModelFamily.GPT2 => new Gpt2Model(config, parameters, device),
        ModelFamily.Llama => new LlamaModel(config, parameters, device),
        _ => throw new ArgumentOutOfRangeException(nameof(config)),
    };

    /// <summary>Logits of the next token at every position.</summary>
    /// <param name="idsBT">Token ids, Int64 [B, T], T at most the context length.</param>
    /// <returns>Float32 [B, T, V].</returns>
    public Tensor Logits(Tensor idsBT)
    {
        using var scope = NewDisposeScope();
        return Predict(Hidden(idsBT, Config.Layers)).MoveToOuterDisposeScope();
    }

    /// <summary>Logits of the token after the last position: Float32 [B, V].</summary>
    public Tensor LastLogits(Tensor idsBT, AttentionContext? context = null)
    {
        using var scope = NewDisposeScope();
        return Predict(Hidden(idsBT, Config.Layers, context).select(1, -1)).MoveToOuterDisposeScope();
    }

    /// <summary>Logits of the next token from the residual stream after the last block: [..., C] to Float32 [..., V].</summary>
    public Tensor Predict(Tensor x)
    {
        using var scope = NewDisposeScope();
        return Linear(FinalNorm(x), HeadWeight).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Mean cross-entropy in nats: a Float32 scalar, without gradient.</summary>
    /// <param name="idsBT">Token ids, Int64 [B, T].</param>
    /// <param name="targetsBT">The token that follows each of them, Int64 [B, T].</param>
    public Tensor Loss(Tensor idsBT, Tensor targetsBT)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var xNC = FinalNorm(Hidden(idsBT, Config.Layers)).view(-1, Config.HiddenSize);
        return (new HeadLoss(xNC, HeadWeight, targetsBT.view(-1), Precision).Sum().Over(idsBT.numel())).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Adds a multiple of the gradient of the mean cross-entropy to the gradients of the parameters. The two ends of the model, where
    /// the tables of the vocabulary are, put theirs where they belong; in between it is libtorch's to find them.
    /// </summary>
    /// <param name="idsBT">Token ids, Int64 [B, T].</param>
    /// <param name="targetsBT">The token that follows each of them, Int64 [B, T].</param>
    /// <param name="factor">Factor of the gradient.</param>
    /// <param name="dropoutSeed">What is dropped depends on it alone.</param>
    /// <returns>The mean cross-entropy in nats: a Float32 scalar.</returns>
    public Tensor AddGradients(Tensor idsBT, Tensor targetsBT, double factor, long dropoutSeed = 0)
    {
        _dropoutSeed = Dropout > 0 ? dropoutSeed : null;
        try
        {
            return PassAndReturn(idsBT, targetsBT, factor);
        }
        finally
        {
            _dropoutSeed = null;
        }
    }

    /// <summary>Forgets the gradients of the parameters.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in Parameters.Values) parameter.grad = null;
    }

    /// <summary>The residual stream [B, T, C] after the first <paramref name="blocks"/> blocks, before the final norm.</summary>
    /// <param name="idsBT">Token ids, Int64 [B, T].</param>
    /// <param name="blocks">Blocks to pass through.</param>
    /// <param name="context">What stands before the tokens; null: nothing.</param>
    public Tensor Hidden(Tensor idsBT, int blocks, AttentionContext? context = null)
    {
        using var scope = NewDisposeScope();
        context ??= AttentionContext.Causal;
        var xBTC = Blocks(Embed(Lookup(EmbeddingWeight, idsBT), context), 0, blocks, context);
        context.Done(idsBT.shape[1]);
        return xBTC.MoveToOuterDisposeScope();
    }

    private Tensor PassAndReturn(Tensor idsBT, Tensor targetsBT, double factor)
    {
        using var scope = NewDisposeScope();
        Tensor rowsBTC, firstBTC, xNC, sum, gradientNC;
        Tensor[]? checkpointsBTC;
        using (Clock?.Enter(TrainingActivity.Forward))
        {
            rowsBTC = Lookup(EmbeddingWeight.detach(), idsBT).requires_grad_();
            if (_dropoutSeed is { } seed) manual_seed(seed);
            firstBTC = Embed(rowsBTC, AttentionContext.Causal);
            checkpointsBTC = ActivationCheckpointing ? Checkpoints(firstBTC) : null;
            xNC = FinalNorm(checkpointsBTC?[^1] ?? Blocks(firstBTC, 0, Config.Layers, AttentionContext.Causal)).view(-1, Config.HiddenSize);
        }

        using (Clock?.Enter(TrainingActivity.Head))
        using (no_grad())
        {
            var (weightGradientVC, isFresh) = Gradients.Of(HeadWeight);
            (sum, gradientNC) = new HeadLoss(xNC.detach(), HeadWeight.detach(), targetsBT.view(-1), Precision).WithGradient(factor / idsBT.numel(), weightGradientVC, isFresh);
        }

        using var _ = Clock?.Enter(TrainingActivity.Backward);
        autograd.backward(xNC, gradientNC);
        if (checkpointsBTC is not null) autograd.backward(firstBTC, BackThrough(checkpointsBTC));
        using (no_grad())
        {
            var (tableGradientVC, isFresh) = Gradients.Of(EmbeddingWeight);
            if (isFresh) tableGradientVC.zero_();
            tableGradientVC.AddRows(idsBT.reshape(-1), rowsBTC.grad!.view(-1, Config.HiddenSize));
        }

        return sum.Over(idsBT.numel()).MoveToOuterDisposeScope();
    }

    private Tensor Blocks(Tensor xBTC, int from, int to, AttentionContext context)
    {
        for (var i = from; i < to; i++)
        {
            using var block = NewDisposeScope();
            // Whoever passes a block again drops the same.
            if (_dropoutSeed is { } seed) manual_seed(seed + 1 + i);
            xBTC = Block(i, xBTC, context).MoveToOuterDisposeScope();
        }

        return xBTC;
    }

    /// <summary>What enters each block, and what leaves the last one; all ready for a gradient.</summary>
    private Tensor[] Checkpoints(Tensor xBTC)
    {
        using var _ = no_grad();
        var checkpointsBTC = new Tensor[Config.Layers + 1];
        checkpointsBTC[0] = xBTC.detach().requires_grad_();
        for (var i = 0; i < Config.Layers; i++) checkpointsBTC[i + 1] = Blocks(checkpointsBTC[i], i, i + 1, AttentionContext.Causal).requires_grad_();
        return checkpointsBTC;
    }

    /// <summary>Passes each block again, with its gradients, from the last one to the first.</summary>
    /// <param name="checkpointsBTC">The last one has its gradient. All but the first are disposed of as soon as they have served.</param>
    /// <returns>The gradient of what enters the first block.</returns>
    private Tensor BackThrough(Tensor[] checkpointsBTC)
    {
        for (var i = Config.Layers - 1; i >= 0; i--)
        {
            using var block = NewDisposeScope();
            autograd.backward(Blocks(checkpointsBTC[i], i, i + 1, AttentionContext.Causal), checkpointsBTC[i + 1].grad!);
            checkpointsBTC[i + 1].Dispose();
        }

        return checkpointsBTC[0].grad!;
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters.Values) parameter.Dispose();
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>The table of the token embedding, [V, C].</summary>
    protected abstract Tensor EmbeddingWeight { get; }

    /// <summary>The head's weight, [V, C]; may be the same.</summary>
    protected abstract Tensor HeadWeight { get; }

    /// <summary>What the first block reads, from the rows of the token embedding.</summary>
    protected abstract Tensor Embed(Tensor rowsBTC, AttentionContext context);

    protected abstract Tensor Block(int index, Tensor xBTC, AttentionContext context);

    protected abstract Tensor FinalNorm(Tensor xBTC);

    protected Tensor Parameter(string name) => Parameters[name];

    protected Tensor? OptionalParameter(string name) => Parameters.GetValueOrDefault(name);

    /// <summary>Rows of an embedding table: ids [B, T] to [B, T, C].</summary>
    private static Tensor Lookup(Tensor tableVC, Tensor idsBT) =>
        tableVC.index_select(0, idsBT.reshape(-1)).view([.. idsBT.shape, tableVC.shape[1]]);

    /// <summary>x W^T + b for a weight [out, in], in the compute precision.</summary>
    protected Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null) => SingleRow.Is(x, weight.shape[1], Precision)
        ? SingleRow.Linear(x, [weight], bias is null ? null : [bias])
        : nn.functional.linear(x.For(Precision), weight.For(Precision), bias?.For(Precision));

    /// <summary>As <see cref="Linear(Tensor, Tensor, Tensor?)"/>, with one weight after the other: their results side by side.</summary>
    protected Tensor Linear(Tensor x, Tensor[] weights, Tensor[]? biases) => SingleRow.Is(x, weights[0].size(1), Precision)
        ? SingleRow.Linear(x, weights, biases)
        : Linear(x, cat(weights), biases is null ? null : cat(biases));

    /// <summary>x W + b for a weight [in, out], GPT-2's layout (<c>Conv1D</c>), in the compute precision.</summary>
    protected Tensor Conv1D(Tensor xBTC, Tensor weight, Tensor? bias)
    {
        if (SingleRow.Is(xBTC, weight.shape[0], Precision)) return SingleRow.Conv1D(xBTC, weight, bias);
        var xNC = xBTC.For(Precision).reshape(-1, weight.shape[0]);
        var yNC = bias is null ? xNC.mm(weight.For(Precision)) : addmm(bias.For(Precision), xNC, weight.For(Precision), 1, 1);
        return yNC.view([.. xBTC.shape[..^1], weight.shape[1]]);
    }

    protected Tensor Drop(Tensor x) => _dropoutSeed is not null ? nn.functional.dropout(x, Dropout, training: true) : x;

    /// <summary>Whether queries, keys and values of these tokens, or of what their attention reads, can stay one tensor.</summary>
    protected bool IsJoint(Tensor xBTC, AttentionContext context) =>
        context.Next is not null ? SingleRow.Is(xBTC, xBTC.size(-1), Precision)
        : context == AttentionContext.Causal && xBTC.size(1) > 1 && _dropoutSeed is null && CausalAttention.Is(xBTC);

    /// <summary>Attention of a joint product, where <see cref="IsJoint"/>: to [B, T, H D].</summary>
    private protected static Tensor Attend(int index, Tensor qkvBTC, AttentionHeads heads, AttentionContext context) =>
        context.Next is { } cache ? SingleQuery.Of(qkvBTC, heads, cache, index) : CausalAttention.Of(qkvBTC, heads);

    /// <summary>
    /// Attention with logits scaled by 1/sqrt(D): q [B, H, T, D], k and v [B, H, S, D] of all that is seen, to [B, T, H D]. Keys and values
    /// may have fewer heads, each for as many neighbouring heads of the queries.
    /// </summary>
    protected Tensor Attend(Tensor qBHTD, Tensor kBHSD, Tensor vBHSD, AttentionContext context)
    {
        var dropout = _dropoutSeed is null ? 0 : Dropout;
        var mask = context.Mask?.to(qBHTD.dtype);
        var (sequences, tokens, queriesPerKey) = (qBHTD.shape[0], qBHTD.shape[2], qBHTD.shape[1] / kBHSD.shape[1]);
        if (queriesPerKey > 1 && tokens == 1)
        {
            // Queries of one key stand where tokens stand, and no cache is copied for each token that is generated.
            qBHTD = qBHTD.reshape(sequences, -1, queriesPerKey, qBHTD.shape[3]);
        }
        else if (queriesPerKey > 1)
        {
            kBHSD = kBHSD.repeat_interleave(queriesPerKey, 1);
            vBHSD = vBHSD.repeat_interleave(queriesPerKey, 1);
        }

        var causal = mask is null && tokens > 1 && tokens == kBHSD.shape[2];
        var yBHTD = nn.functional.scaled_dot_product_attention(qBHTD, kBHSD, vBHSD, mask, dropout, causal);
        return (tokens == 1 ? yBHTD : yBHTD.transpose(1, 2)).reshape(sequences, tokens, -1);
    }

    protected Tensor Activate(Tensor x) => Config.Activation switch
    {
        Activation.GeluTanh => TanhGelu.Of(x),
        Activation.Gelu => nn.functional.gelu(x),
        Activation.Relu => nn.functional.relu(x),
        Activation.Silu => nn.functional.silu(x),
        _ => throw new InvalidOperationException($"{Config.Activation}"),
    };
}
