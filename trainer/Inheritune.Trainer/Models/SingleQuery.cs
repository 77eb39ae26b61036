using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Inheritune.Trainer.Native;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// Attention of the one token that comes next to all that a cache holds, on a CPU, as text is generated. Its key and value are written where the cache has room
/// for them, nothing else is moved, and no thread is woken for little.
/// </summary>
internal static unsafe class SingleQuery
{
    /// <summary>Keys of fewer elements than this are one thread's.</summary>
    private const long Divisible = 1 << 18;

    /// <summary>Softmax of q k^T times a factor, times v, over the keys and values of a block, to which the token's own are added.</summary>
    /// <param name="qkvBTC">The heads of the token's query, those of its key and those of its value: Float32 [1, 1, C], contiguous.</param>
    /// <param name="heads">Number and size of the heads.</param>
    /// <param name="cache">What came before, of one sequence in host memory. That it holds one token more now is said when every block has been passed.</param>
    /// <param name="block">Index of the block.</param>
    /// <returns>[1, 1, H D].</returns>
    public static Tensor Of(Tensor qkvBTC, AttentionHeads heads, KeyValueCache cache, int block)
    {
        if (cache.Length >= cache.Capacity) throw new InvalidOperationException($"the cache holds {cache.Length} tokens and has no room for another");
        var (keysBHTD, valuesBHTD) = cache.Room(block, [1, heads.KeysAndValues, cache.Capacity, heads.Size], qkvBTC);
        var (size, position, queriesPerKey, headStep) = (heads.Size, cache.Length, heads.Queries / heads.KeysAndValues, (long)cache.Capacity * heads.Size);
        var yBTC = empty(1, 1, heads.Queries * size);
        using var scratch = empty(heads.Queries, size + position + 1);
        float* q = AtenDispatcher.Floats(qkvBTC), k = q + heads.Queries * size, v = k + heads.KeysAndValues * size;
        float* keys = AtenDispatcher.Floats(keysBHTD), values = AtenDispatcher.Floats(valuesBHTD), y = AtenDispatcher.Floats(yBTC), rows = AtenDispatcher.Floats(scratch);
        float* cos = heads.Cos is null ? null : AtenDispatcher.Floats(heads.Cos) + position * size, sin = heads.Sin is null ? null : AtenDispatcher.Floats(heads.Sin) + position * size;
        var factor = (float)(heads.Factor / Math.Sqrt(size));
        for (var h = 0; h < heads.KeysAndValues; h++)
        {
            var own = h * headStep + position * size;
            Turn(k + h * size, keys + own, 1);
            new Span<float>(v + h * size, size).CopyTo(new Span<float>(values + own, size));
        }

        if (heads.KeysAndValues * (position + 1L) * size < Divisible) Heads(0, heads.Queries);
        else CpuThreads.Divide(heads.Queries, (_, from, to) => Heads(from, to));
        return yBTC;

        void Heads(long from, long to)
        {
            for (var h = from; h < to; h++)
            {
                float* row = rows + h * (size + position + 1);
                Turn(q + h * size, row, factor);
                Attend(row, keys + h / queriesPerKey * headStep, values + h / queriesPerKey * headStep, row + size, y + h * size, position + 1, size);
            }
        }

        void Turn(float* from, float* to, float times)
        {
            if (cos is not null) Rotation.Turn(from, to, cos, sin, size / 2, times, times);
            else for (var i = 0; i < size; i++) to[i] = from[i] * times;
        }
    }

    /// <summary>One head: y [D] from the query [D] and the keys and values [T, D].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Attend(float* q, float* keys, float* values, float* weights, float* y, int length, int size)
    {
        for (var s = 0; s < length; s++)
        {
            var k = keys + (long)s * size;
            var (sums, sum, i) = (Vector256<float>.Zero, 0f, 0);
            for (; i <= size - Vector256<float>.Count; i += Vector256<float>.Count) sums = Vector256.MultiplyAddEstimate(Vector256.Load(q + i), Vector256.Load(k + i), sums);
            for (; i < size; i++) sum += q[i] * k[i];
            weights[s] = Vector256.Sum(sums) + sum;
        }

        var (_, total) = SoftmaxResidual.Exponentiate(new Span<float>(weights, length));
        var share = (float)(1 / total);
        var d = 0;
        for (; d <= size - Vector256<float>.Count; d += Vector256<float>.Count)
        {
            var sums = Vector256<float>.Zero;
            for (var s = 0; s < length; s++) sums = Vector256.MultiplyAddEstimate(Vector256.Create(weights[s]), Vector256.Load(values + (long)s * size + d), sums);
            (sums * share).Store(y + d);
        }

        for (; d < size; d++)
        {
            var sum = 0f;
            for (var s = 0; s < length; s++) sum += weights[s] * values[(long)s * size + d];
            y[d] = sum * share;
        }
    }
}
