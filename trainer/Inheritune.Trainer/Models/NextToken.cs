using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// What rows of logits say of the token that comes next. A softmax would write another tensor as large as the logits; here they are read,
/// and each row is read again only while the processor's cache still has it.
/// </summary>
internal static class NextToken
{
    /// <summary>Reads logits.</summary>
    /// <param name="logitsNV">Float32, contiguous.</param>
    /// <returns>Of each row, log(sum of exp(logit)) in nats, and the id of the highest logit, the first one of several.</returns>
    public static (double[] LogSumN, long[] HighestN) Of(Tensor logitsNV) =>
        logitsNV.device_type == DeviceType.CPU ? OnCpu(logitsNV) : ByOperators(logitsNV);

    /// <summary>The same from libtorch's operators.</summary>
    internal static (double[] LogSumN, long[] HighestN) ByOperators(Tensor logitsNV)
    {
        using var scope = NewDisposeScope();
        return (logitsNV.logsumexp(1).to(ScalarType.Float64).cpu().data<double>().ToArray(), logitsNV.argmax(1).cpu().data<long>().ToArray());
    }

    private static unsafe (double[] LogSumN, long[] HighestN) OnCpu(Tensor logitsNV)
    {
        var (rows, size) = (logitsNV.shape[0], (int)logitsNV.shape[1]);
        var (logSumN, highestN) = (new double[rows], new long[rows]);
        var logits = AtenDispatcher.Floats(logitsNV);
        CpuThreads.For(rows, row =>
        {
            var data = new ReadOnlySpan<float>(logits + row * size, size);
            var highest = SoftmaxResidual.Highest(data);
            logSumN[row] = highest + Math.Log(SumOfExponentials(data, highest));
            // By its bits, which is what the runtime has a fast search for.
            highestN[row] = MemoryMarshal.Cast<float, int>(data).IndexOf(BitConverter.SingleToInt32Bits(highest));
        });
        return (logSumN, highestN);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfExponentials(ReadOnlySpan<float> row, float shift)
    {
        ref var x = ref MemoryMarshal.GetReference(row);
        var (sums, shifts) = (Vector512<float>.Zero, Vector512.Create(shift));
        var i = 0;
        for (; i <= row.Length - Vector512<float>.Count; i += Vector512<float>.Count) sums += Exponential.Of(Vector512.LoadUnsafe(ref x, (nuint)i) - shifts);
        double sum = Vector512.Sum(sums);
        for (; i < row.Length; i++) sum += MathF.Exp(row[i] - shift);
        return sum;
    }
}
