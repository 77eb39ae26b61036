using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Inheritune.Api;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// Products of one row with a weight on a CPU, as text is generated. Each weight is read once and nothing else counts: libtorch's general
/// products take several times as long for small weights, most of it to wake threads that have nothing to do.
/// </summary>
internal static unsafe class SingleRow
{
    /// <summary>Weights of fewer elements than this, which are read in less than 0.1 ms, are one thread's.</summary>
    private const long Divisible = 1 << 18;

    /// <summary>Whether x has one row, no gradient is asked for, and everything is Float32 in host memory.</summary>
    /// <param name="x">What is multiplied.</param>
    /// <param name="size">Elements of a row.</param>
    /// <param name="precision">Number format of the products.</param>
    public static bool Is(Tensor x, long size, ComputePrecision precision) =>
        x.numel() == size && precision == ComputePrecision.Float32 && !is_grad_enabled() && x.device_type == DeviceType.CPU && x.dtype == ScalarType.Float32;

    /// <summary>x W^T + b for one weight [out, in] after the other: x's shape with all their out in place of in.</summary>
    public static Tensor Linear(Tensor x, Tensor[] weights, Tensor[]? biases)
    {
        var (from, to) = ((int)weights[0].size(1), weights.Sum(weight => weight.size(0)));
        using var row = Row(x);
        var y = Result(x, to);
        float* px = AtenDispatcher.Floats(row ?? x), py = AtenDispatcher.Floats(y);
        for (var i = 0; i < weights.Length; i++)
        {
            var count = (int)weights[i].size(0);
            float* pw = AtenDispatcher.Floats(weights[i]), pb = biases is null ? null : AtenDispatcher.Floats(biases[i]), part = py;
            Divide(count, from, (begin, end) => Rows(px, pw, pb, part, begin, end, from));
            py += count;
        }

        return y;
    }

    /// <summary>x W + b for a weight [in, out]: x's shape with out in place of in.</summary>
    public static Tensor Conv1D(Tensor x, Tensor weight, Tensor? bias)
    {
        var (from, to) = ((int)weight.size(0), (int)weight.size(1));
        using var row = Row(x);
        var y = Result(x, to);
        float* px = AtenDispatcher.Floats(row ?? x), pw = AtenDispatcher.Floats(weight), pb = bias is null ? null : AtenDispatcher.Floats(bias), py = AtenDispatcher.Floats(y);
        Divide(to, from, (begin, end) => Columns(px, pw, pb, py, begin, end, from, to));
        return y;
    }

    /// <summary>A copy where the elements of x do not lie side by side.</summary>
    private static Tensor? Row(Tensor x) => x.is_contiguous() ? null : x.contiguous();

    private static Tensor Result(Tensor x, long size)
    {
        var shape = x.shape;
        shape[^1] = size;
        return empty(shape);
    }

    private static void Divide(int count, int from, Action<int, int> body)
    {
        if ((long)count * from < Divisible) body(0, count);
        else CpuThreads.Divide(count, (_, begin, end) => body((int)begin, (int)end));
    }

    /// <summary>y[r] = x times row r + b[r], four rows at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows(float* x, float* w, float* b, float* y, int begin, int end, int size)
    {
        var r = begin;
        for (; r + 4 <= end; r += 4)
        {
            float* w0 = w + (long)r * size, w1 = w0 + size, w2 = w1 + size, w3 = w2 + size;
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            var i = 0;
            for (; i <= size - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var v = Vector512.Load(x + i);
                s0 = Vector512.MultiplyAddEstimate(v, Vector512.Load(w0 + i), s0);
                s1 = Vector512.MultiplyAddEstimate(v, Vector512.Load(w1 + i), s1);
                s2 = Vector512.MultiplyAddEstimate(v, Vector512.Load(w2 + i), s2);
                s3 = Vector512.MultiplyAddEstimate(v, Vector512.Load(w3 + i), s3);
            }

            float t0 = Vector512.Sum(s0), t1 = Vector512.Sum(s1), t2 = Vector512.Sum(s2), t3 = Vector512.Sum(s3);
            for (; i < size; i++) (t0, t1, t2, t3) = (t0 + x[i] * w0[i], t1 + x[i] * w1[i], t2 + x[i] * w2[i], t3 + x[i] * w3[i]);
            if (b is not null) (t0, t1, t2, t3) = (t0 + b[r], t1 + b[r + 1], t2 + b[r + 2], t3 + b[r + 3]);
            (y[r], y[r + 1], y[r + 2], y[r + 3]) = (t0, t1, t2, t3);
        }

        for (; r < end; r++)
        {
            var sum = b is null ? 0 : b[r];
            for (var i = 0; i < size; i++) sum += x[i] * w[(long)r * size + i];
            y[r] = sum;
        }
    }

    /// <summary>y = b plus x[i] times row i, four rows at a time, in the columns from begin to end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns(float* x, float* w, float* b, float* y, int begin, int end, int rows, int stride)
    {
        var sums = new Span<float>(y + begin, end - begin);
        if (b is null) sums.Clear();
        else new Span<float>(b + begin, end - begin).CopyTo(sums);
        var i = 0;
        for (; i + 4 <= rows; i += 4)
        {
            float* w0 = w + (long)i * stride, w1 = w0 + stride, w2 = w1 + stride, w3 = w2 + stride;
            Vector512<float> x0 = Vector512.Create(x[i]), x1 = Vector512.Create(x[i + 1]), x2 = Vector512.Create(x[i + 2]), x3 = Vector512.Create(x[i + 3]);
            var c = begin;
            for (; c <= end - Vector512<float>.Count; c += Vector512<float>.Count)
            {
                var first = Vector512.MultiplyAddEstimate(x0, Vector512.Load(w0 + c), Vector512.MultiplyAddEstimate(x1, Vector512.Load(w1 + c), Vector512.Load(y + c)));
                Vector512.MultiplyAddEstimate(x2, Vector512.Load(w2 + c), Vector512.MultiplyAddEstimate(x3, Vector512.Load(w3 + c), first)).Store(y + c);
            }

            for (; c < end; c++) y[c] += x[i] * w0[c] + x[i + 1] * w1[c] + x[i + 2] * w2[c] + x[i + 3] * w3[c];
        }

        for (; i < rows; i++)
            for (var c = begin; c < end; c++) y[c] += x[i] * w[(long)i * stride + c];
    }
}
