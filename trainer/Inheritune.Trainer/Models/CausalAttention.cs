using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// Attention of sequences to themselves on a CPU, in blocks of queries (Dao et al., 2022): of the weights of attention no more exists at a time than those of one
/// block, and they are made again on the way back. Reads the joint product of queries, keys and values where it lies, and rotates what it reads.
/// </summary>
internal sealed unsafe class CausalAttention : OwnOperator<CausalAttention>
{
    /// <summary>Queries of a block. Half of this is computed in vain for each query: what is behind it in its block.</summary>
    private const int Block = 32;

    /// <summary>Keys of which one coordinate after another lies side by side.</summary>
    private const int Panel = 64;

    /// <summary>Length of a sum of which the second factor stays in a core's nearest cache.</summary>
    private const int Depth = 128;

    /// <summary>Whether it can be used: in host memory, on a processor with the vectors that it is written for.</summary>
    public static bool Is(Tensor x) => Vector512.IsHardwareAccelerated && x.device_type == DeviceType.CPU;

    /// <summary>Softmax of q k^T times a factor, over the keys up to the query's own, times v; in Float32, whatever the format of what is read and returned.</summary>
    /// <param name="qkvBTC">Of each token the heads of its query, those of its key and those of its value.</param>
    /// <param name="heads">Number and size of the heads.</param>
    /// <returns>[B, T, H D].</returns>
    public static Tensor Of(Tensor qkvBTC, AttentionHeads heads) => Run(qkvBTC, heads);

    protected override (Tensor Result, Tensor[] Kept) Forward(object[] inputs)
    {
        var (given, heads) = ((Tensor)inputs[0], (AttentionHeads)inputs[1]);
        var qkvBTC = Floats(given);
        var (sequences, shape) = (qkvBTC.shape[0], new Shape(heads, (int)qkvBTC.shape[1]));
        var (yBTC, logSumBHT) = (empty(sequences, shape.Length, heads.Queries * heads.Size), empty(sequences, heads.Queries, shape.Length));
        using var scratch = new Scratch(2 * shape.Keys + shape.Panels + 2 * shape.Queries + shape.Weights);
        float* qkv = AtenDispatcher.Floats(qkvBTC), y = AtenDispatcher.Floats(yBTC), logSum = AtenDispatcher.Floats(logSumBHT);
        ForEachGroup(sequences, shape, (thread, group, joint, result, rows) => Forward(shape, group, qkv + joint, y + result, logSum + rows, scratch.Of(thread)));
        var result = yBTC.to(given.dtype);
        return (result, [given, result, logSumBHT]);
    }

    protected override Tensor?[] Backward(object[] inputs, Tensor[] kept, Tensor gradient)
    {
        var (qkvBTC, yBTC, logSumBHT, heads) = (Floats(kept[0]), Floats(kept[1]), kept[2], (AttentionHeads)inputs[1]);
        var yGradientBTC = Floats(gradient);
        var (sequences, shape) = (qkvBTC.shape[0], new Shape(heads, (int)qkvBTC.shape[1]));
        var qkvGradientBTC = empty_like(qkvBTC);
        using var scratch = new Scratch(3 * shape.Keys + 2 * shape.Panels + 3 * shape.Queries + 2 * shape.Weights);
        float* qkv = AtenDispatcher.Floats(qkvBTC), y = AtenDispatcher.Floats(yBTC), logSum = AtenDispatcher.Floats(logSumBHT);
        float* yGradient = AtenDispatcher.Floats(yGradientBTC), qkvGradient = AtenDispatcher.Floats(qkvGradientBTC);
        ForEachGroup(sequences, shape, (thread, group, joint, result, rows) =>
            Backward(shape, group, qkv + joint, y + result, logSum + rows, yGradient + result, qkvGradient + joint, scratch.Of(thread)));
        return [qkvGradientBTC.to(gradient.dtype), null];
    }

    /// <summary>Calls <paramref name="body"/> with a thread, a head of keys, and where its sequence begins in the joint product, the result and the sums.</summary>
    private static void ForEachGroup(long sequences, Shape shape, Action<int, int, long, long, long> body) =>
        CpuThreads.Divide(sequences * shape.Heads.KeysAndValues, (thread, from, to) =>
        {
            for (var unit = from; unit < to; unit++)
            {
                var (sequence, group) = Math.DivRem(unit, shape.Heads.KeysAndValues);
                var token = sequence * shape.Length;
                body(thread, (int)group, token * shape.Heads.Width, token * shape.Heads.Queries * shape.Heads.Size, token * shape.Heads.Queries);
            }
        });

    private static Tensor Floats(Tensor x) => x.to(ScalarType.Float32).contiguous();

    /// <summary>The queries of one sequence that share a head of keys and values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward(Shape shape, int group, float* qkv, float* y, float* logSum, float* scratch)
    {
        var heads = shape.Heads;
        float* k = scratch, v = k + shape.Keys, keys = v + shape.Keys, q = keys + shape.Panels, shares = q + shape.Queries, weights = shares + shape.Queries;
        var (size, width, resultWidth) = (heads.Size, shape.Width, heads.Queries * heads.Size);
        Gather(shape, qkv + (heads.Queries + group) * size, heads.Width, 0, shape.PaddedLength, k, 1, heads.Cos, heads.Sin);
        Gather(shape, qkv + (heads.Queries + heads.KeysAndValues + group) * size, heads.Width, 0, shape.PaddedLength, v, 1);
        Transpose(shape, k, keys);
        for (var head = group * heads.QueriesPerKey; head < (group + 1) * heads.QueriesPerKey; head++)
        {
            for (var first = 0; first < shape.Length; first += Block)
            {
                var seen = first + Block;
                Gather(shape, qkv + head * size, heads.Width, first, Block, q, heads.Factor, heads.Cos, heads.Sin);
                TimesPanels(shape, q, keys, weights, seen);
                for (var row = 0; row < Math.Min(Block, shape.Length - first); row++)
                {
                    var (highest, sum) = Exponentiate(weights + row * shape.WeightStep, first + row + 1, seen);
                    logSum[head * shape.Length + first + row] = highest + MathF.Log(sum);
                    shares[row] = 1 / sum;
                }

                TimesRows(shape, weights, v, q, seen);
                for (var row = 0; row < Math.Min(Block, shape.Length - first); row++)
                    Scale(q + row * width, shares[row], y + (long)(first + row) * resultWidth + head * size, size);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward(Shape shape, int group, float* qkv, float* y, float* logSum, float* yGradient, float* qkvGradient, float* scratch)
    {
        var heads = shape.Heads;
        float* k = scratch, kGradient = k + shape.Keys, vGradient = kGradient + shape.Keys, keys = vGradient + shape.Keys, values = keys + shape.Panels;
        float* q = values + shape.Panels, g = q + shape.Queries, qGradient = g + shape.Queries, weights = qGradient + shape.Queries, weightGradient = weights + shape.Weights;
        var (size, width, resultWidth) = (heads.Size, shape.Width, heads.Queries * heads.Size);
        var (kOffset, vOffset) = ((heads.Queries + group) * size, (heads.Queries + heads.KeysAndValues + group) * size);
        Gather(shape, qkv + vOffset, heads.Width, 0, shape.PaddedLength, k, 1);
        Transpose(shape, k, values);
        Gather(shape, qkv + kOffset, heads.Width, 0, shape.PaddedLength, k, 1, heads.Cos, heads.Sin);
        Transpose(shape, k, keys);
        new Span<float>(kGradient, 2 * shape.Keys).Clear();
        for (var head = group * heads.QueriesPerKey; head < (group + 1) * heads.QueriesPerKey; head++)
        {
            for (var first = 0; first < shape.Length; first += Block)
            {
                var seen = first + Block;
                Gather(shape, qkv + head * size, heads.Width, first, Block, q, heads.Factor, heads.Cos, heads.Sin);
                Gather(shape, yGradient + head * size, resultWidth, first, Block, g, 1);
                TimesPanels(shape, q, keys, weights, seen);
                TimesPanels(shape, g, values, weightGradient, seen);
                for (var row = 0; row < Block; row++)
                {
                    var position = first + row;
                    float* rowWeights = weights + row * shape.WeightStep, rowGradient = weightGradient + row * shape.WeightStep;
                    if (position >= shape.Length)
                    {
                        new Span<float>(rowWeights, seen).Clear();
                        new Span<float>(rowGradient, seen).Clear();
                        continue;
                    }

                    var share = Dot(g + row * width, y + (long)position * resultWidth + head * size, size);
                    Derive(rowWeights, rowGradient, logSum[head * shape.Length + position], share, position + 1, seen);
                }

                SmallProduct.Run(weights, 1, shape.WeightStep, g, width, vGradient, width, seen, width, Block, adds: true);
                SmallProduct.Run(weightGradient, 1, shape.WeightStep, q, width, kGradient, width, seen, width, Block, adds: true);
                TimesRows(shape, weightGradient, k, qGradient, seen);
                Scatter(shape, qGradient, first, Block, qkvGradient + head * size, heads.Factor, heads.Cos, heads.Sin);
            }
        }

        Scatter(shape, kGradient, 0, shape.PaddedLength, qkvGradient + kOffset, 1, heads.Cos, heads.Sin);
        Scatter(shape, vGradient, 0, shape.PaddedLength, qkvGradient + vOffset, 1);
    }

    /// <summary>weights [Block, seen] = q [Block, D] times the transposed keys.</summary>
    private static void TimesPanels(Shape shape, float* q, float* panels, float* weights, int seen)
    {
        for (var key = 0; key < seen; key += Panel)
            SmallProduct.Run(q, shape.Width, 1, panels + (long)key * shape.Width, Panel, weights + key, shape.WeightStep, Block, Math.Min(Panel, seen - key), shape.Width, adds: false);
    }

    /// <summary>result [Block, D] = weights [Block, seen] times rows [seen, D].</summary>
    private static void TimesRows(Shape shape, float* weights, float* rows, float* result, int seen)
    {
        for (var key = 0; key < seen; key += Depth)
            SmallProduct.Run(weights + key, shape.WeightStep, 1, rows + (long)key * shape.Width, shape.Width, result, shape.Width, Block, shape.Width, Math.Min(Depth, seen - key), adds: key > 0);
    }

    /// <summary>One head of some tokens, rotated and multiplied, side by side; zeros where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(Shape shape, float* from, nint step, int first, int count, float* to, float factor, float* cos = null, float* sin = null)
    {
        var (size, half) = (shape.Heads.Size, shape.Heads.Size / 2);
        var there = Math.Min(count, shape.Length - first);
        for (var i = 0; i < there; i++)
        {
            float* x = from + (first + i) * step, y = to + i * shape.Width;
            if (cos == null) Scale(x, factor, y, size);
            else Rotation.Turn(x, y, cos + (first + i) * size, sin + (first + i) * size, half, factor, factor);
            new Span<float>(y + size, shape.Width - size).Clear();
        }

        new Span<float>(to + (long)there * shape.Width, (count - there) * shape.Width).Clear();
    }

    /// <summary>The way back of <see cref="Gather"/>, into the joint gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter(Shape shape, float* from, int first, int count, float* to, float factor, float* cos = null, float* sin = null)
    {
        var (size, half) = (shape.Heads.Size, shape.Heads.Size / 2);
        for (var i = 0; i < Math.Min(count, shape.Length - first); i++)
        {
            float* x = from + i * shape.Width, y = to + (long)(first + i) * shape.Heads.Width;
            if (cos == null) Scale(x, factor, y, size);
            else Rotation.Turn(x, y, cos + (first + i) * size, sin + (first + i) * size, half, factor, -factor);
        }
    }

    /// <summary>Rows [T, D] to panels [T / 64, D, 64].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(Shape shape, float* rows, float* panels)
    {
        for (var row = 0; row < shape.PaddedLength; row++)
        {
            float* from = rows + (long)row * shape.Width, to = panels + (long)(row / Panel) * Panel * shape.Width + row % Panel;
            for (var i = 0; i < shape.Width; i++) to[i * Panel] = from[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(float* x, float factor, float* y, int count)
    {
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count) (Vector512.Load(x + i) * factor).Store(y + i);
        for (; i < count; i++) y[i] = x[i] * factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot(float* x, float* y, int count)
    {
        var (sums, sum, i) = (Vector512<float>.Zero, 0f, 0);
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count) sums += Vector512.Load(x + i) * Vector512.Load(y + i);
        for (; i < count; i++) sum += x[i] * y[i];
        return Vector512.Sum(sums) + sum;
    }

    /// <summary>Replaces logits by exp(logit - highest), and by 0 from <paramref name="count"/> on; returns the highest and the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Highest, float Sum) Exponentiate(float* row, int count, int padded)
    {
        var whole = count / Vector512<float>.Count * Vector512<float>.Count;
        var (rest, lowest) = (Below(count - whole), Vector512.Create(float.NegativeInfinity));
        var highests = Vector512.ConditionalSelect(rest, Vector512.Load(row + whole), lowest);
        for (var i = 0; i < whole; i += Vector512<float>.Count) highests = Vector512.Max(highests, Vector512.Load(row + i));
        var highest = SoftmaxResidual.Highest(highests);
        var (shift, sums) = (Vector512.Create(highest), Vector512<float>.Zero);
        for (var i = 0; i < whole; i += Vector512<float>.Count)
        {
            var e = Exponential.Of(Vector512.Load(row + i) - shift);
            e.Store(row + i);
            sums += e;
        }

        // What comes after is not made small first: a result too small for a normal number takes the processor ten times as long.
        var last = rest & Exponential.Of(rest & (Vector512.Load(row + whole) - shift));
        new Span<float>(row + whole, padded - whole).Clear();
        if (whole < padded) last.Store(row + whole);
        return (highest, Vector512.Sum(sums + last));
    }

    /// <summary>Logits become weights p = exp(logit - logSum), and their gradients those of the logits, p (gradient - share); both become 0 from <paramref name="count"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Derive(float* weights, float* gradient, float logSum, float share, int count, int padded)
    {
        var whole = count / Vector512<float>.Count * Vector512<float>.Count;
        var (rest, shift, shares) = (Below(count - whole), Vector512.Create(logSum), Vector512.Create(share));
        for (var i = 0; i < whole; i += Vector512<float>.Count)
        {
            var p = Exponential.Of(Vector512.Load(weights + i) - shift);
            p.Store(weights + i);
            (p * (Vector512.Load(gradient + i) - shares)).Store(gradient + i);
        }

        if (whole == padded) return;
        var last = rest & Exponential.Of(rest & (Vector512.Load(weights + whole) - shift));
        var lastGradient = last * (rest & (Vector512.Load(gradient + whole) - shares));
        new Span<float>(weights + whole, padded - whole).Clear();
        new Span<float>(gradient + whole, padded - whole).Clear();
        last.Store(weights + whole);
        lastGradient.Store(gradient + whole);
    }

    /// <summary>All bits of the elements below a number, none of the others'.</summary>
    private static Vector512<float> Below(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    /// <summary>Sizes of what is computed with, in elements.</summary>
    private readonly struct Shape(AttentionHeads heads, int length)
    {
        public HeadsOf Heads { get; } = new(heads);

        /// <summary>Tokens of a sequence.</summary>
        public int Length => length;

        /// <summary>In whole blocks.</summary>
        public int PaddedLength { get; } = (length + Block - 1) / Block * Block;

        /// <summary>Of a head, in whole vectors.</summary>
        public int Width { get; } = (heads.Size + SmallProduct.Columns - 1) / SmallProduct.Columns * SmallProduct.Columns;

        /// <summary>From the weights of one query to the next's; not a power of two, for those of one key would share a few places in the cache.</summary>
        public int WeightStep => PaddedLength + SmallProduct.Columns;

        public int Keys => PaddedLength * Width;

        public int Panels => (PaddedLength + Panel - 1) / Panel * Panel * Width;

        public int Queries => Block * Width;

        public int Weights => Block * WeightStep;
    }

    /// <summary>The heads, with addresses in place of tensors.</summary>
    private readonly struct HeadsOf(AttentionHeads heads)
    {
        public int Queries { get; } = heads.Queries;

        public int KeysAndValues { get; } = heads.KeysAndValues;

        public int QueriesPerKey { get; } = heads.Queries / heads.KeysAndValues;

        public int Size { get; } = heads.Size;

        public int Width { get; } = heads.Width;

        public float Factor { get; } = (float)(heads.Factor / Math.Sqrt(heads.Size));

        public float* Cos { get; } = heads.Cos is null ? null : AtenDispatcher.Floats(heads.Cos);

        public float* Sin { get; } = heads.Sin is null ? null : AtenDispatcher.Floats(heads.Sin);
    }

    /// <summary>Memory of each thread.</summary>
    private sealed class Scratch(long size) : IDisposable
    {
        private readonly Tensor _memory = empty(CpuThreads.Count, size);

        public float* Of(int thread) => AtenDispatcher.Floats(_memory) + thread * size;

        public void Dispose() => _memory.Dispose();
    }
}
