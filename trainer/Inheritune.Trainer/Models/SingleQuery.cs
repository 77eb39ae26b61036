using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>Attention of one token of each sequence to all that is seen, on a CPU, as text is generated: no key or value is copied, and no thread is woken for little.</summary>
internal static unsafe class SingleQuery
{
    /// <summary>Keys of fewer elements than this are one thread's.</summary>
    private const long Divisible = 1 << 18;

    /// <summary>Whether this is such a case: queries [B, H, 1, D] without gradient, Float32 in host memory.</summary>
    public static bool Is(Tensor qBHTD) =>
        qBHTD.shape[2] == 1 && !is_grad_enabled() && qBHTD.device_type == DeviceType.CPU && qBHTD.dtype == ScalarType.Float32;

    /// <summary>Softmax of q k^T / sqrt(D), times v.</summary>
    /// <param name="qBHTD">Queries [B, H, 1, D].</param>
    /// <param name="kBHSD">Keys, each for as many neighbouring heads of the queries as there are more of these; a key's elements lie side by side.</param>
    /// <param name="vBHSD">Values likewise.</param>
    /// <returns>[B, 1, H D].</returns>
    public static Tensor Attend(Tensor qBHTD, Tensor kBHSD, Tensor vBHSD)
    {
        long[] shape = qBHTD.shape, keys = kBHSD.stride(), values = vBHSD.stride();
        var (heads, size, length, queriesPerKey) = (shape[1], (int)shape[3], (int)kBHSD.shape[2], shape[1] / kBHSD.shape[1]);
        using var qBHD = qBHTD.contiguous();
        using var scoresNS = empty(shape[0] * heads, length);
        var yBTC = empty(shape[0], 1, heads * size);
        float* pq = AtenDispatcher.Floats(qBHD), pk = AtenDispatcher.Floats(kBHSD), pv = AtenDispatcher.Floats(vBHSD);
        float* ps = AtenDispatcher.Floats(scoresNS), py = AtenDispatcher.Floats(yBTC);
        void Heads(long from, long to)
        {
            for (var n = from; n < to; n++)
            {
                var (b, h) = (n / heads, n % heads / queriesPerKey);
                float* k = pk + b * keys[0] + h * keys[1], v = pv + b * values[0] + h * values[1];
                Attend(pq + n * size, k, keys[2], v, values[2], ps + n * length, py + n * size, length, size);
            }
        }

        if (kBHSD.numel() < Divisible) Heads(0, shape[0] * heads);
        else CpuThreads.Divide(shape[0] * heads, (_, from, to) => Heads(from, to));
        return yBTC;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Attend(float* q, float* k, long keyStride, float* v, long valueStride, float* scores, float* y, int length, int size)
    {
        var scale = 1 / MathF.Sqrt(size);
        for (var s = 0; s < length; s++, k += keyStride)
        {
            var (sums, sum, i) = (Vector256<float>.Zero, 0f, 0);
            for (; i <= size - Vector256<float>.Count; i += Vector256<float>.Count) sums = Vector256.MultiplyAddEstimate(Vector256.Load(q + i), Vector256.Load(k + i), sums);
            for (; i < size; i++) sum += q[i] * k[i];
            scores[s] = (Vector256.Sum(sums) + sum) * scale;
        }

        var (_, total) = SoftmaxResidual.Exponentiate(new Span<float>(scores, length));
        var share = (float)(1 / total);
        var d = 0;
        for (; d <= size - Vector256<float>.Count; d += Vector256<float>.Count)
        {
            var sums = Vector256<float>.Zero;
            for (var s = 0; s < length; s++) sums = Vector256.MultiplyAddEstimate(Vector256.Create(scores[s]), Vector256.Load(v + s * valueStride + d), sums);
            (sums * share).Store(y + d);
        }

        for (; d < size; d++)
        {
            var sum = 0f;
            for (var s = 0; s < length; s++) sum += scores[s] * v[s * valueStride + d];
            y[d] = sum * share;
        }
    }
}
