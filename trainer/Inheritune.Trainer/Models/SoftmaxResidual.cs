using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// The cross-entropy of rows of logits and, in their place, its gradient up to a factor of each row: Z (softmax - one-hot of the target),
/// Z being the sum of exp(logit - highest logit). With 1/Z left to the much smaller matrices that the row meets next, the logits are
/// read and written once.
/// </summary>
internal static class SoftmaxResidual
{
    /// <summary>Replaces logits by the residual.</summary>
    /// <param name="logitsNV">Float32, contiguous; overwritten.</param>
    /// <param name="targetsN">Int64.</param>
    /// <returns>Of each row, the loss in nats and Z: Float32 [N].</returns>
    public static (Tensor LossN, Tensor SumN) Replace(Tensor logitsNV, Tensor targetsN) =>
        logitsNV.device_type == DeviceType.CPU ? ReplaceOnCpu(logitsNV, targetsN) : ReplaceByOperators(logitsNV, targetsN);

    /// <summary>The same from libtorch's operators.</summary>
    internal static (Tensor LossN, Tensor SumN) ReplaceByOperators(Tensor logitsNV, Tensor targetsN)
    {
        var targetsN1 = targetsN.unsqueeze(1);
        logitsNV.sub_(logitsNV.amax([1], keepdim: true));
        var ownN = logitsNV.gather(1, targetsN1).squeeze(1);
        var sumN = logitsNV.exp_().sum(1);
        logitsNV.scatter_add_(1, targetsN1, -sumN.unsqueeze(1));
        return (sumN.log() - ownN, sumN);
    }

    private static unsafe (Tensor LossN, Tensor SumN) ReplaceOnCpu(Tensor logitsNV, Tensor targetsN)
    {
        var (rows, size) = (logitsNV.shape[0], (int)logitsNV.shape[1]);
        var (lossN, sumN) = (empty(rows), empty(rows));
        float* logits = AtenDispatcher.Floats(logitsNV), losses = AtenDispatcher.Floats(lossN), sums = AtenDispatcher.Floats(sumN);
        var targets = (long*)AtenDispatcher.Data(targetsN);
        CpuThreads.For(rows, row =>
        {
            var data = new Span<float>(logits + row * size, size);
            var target = (int)targets[row];
            var own = data[target];
            var (highest, sum) = Exponentiate(data);
            losses[row] = (float)(Math.Log(sum) - (own - highest));
            sums[row] = (float)sum;
            data[target] -= (float)sum;
        });
        return (lossN, sumN);
    }

    /// <summary>Replaces x by exp(x - highest x); returns the highest and the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static (float Highest, double Sum) Exponentiate(Span<float> row)
    {
        ref var x = ref row[0];
        var whole = row.Length - row.Length % Vector512<float>.Count;
        var highest = Highest(row);
        var shift = Vector512.Create(highest);
        var sums = Vector512<float>.Zero;
        for (nuint i = 0; i < (nuint)whole; i += (nuint)Vector512<float>.Count)
        {
            var e = Exponential.Of(Vector512.LoadUnsafe(ref x, i) - shift);
            e.StoreUnsafe(ref x, i);
            sums += e;
        }

        double sum = Vector512.Sum(sums);
        for (var i = whole; i < row.Length; i++) sum += row[i] = MathF.Exp(row[i] - highest);
        return (highest, sum);
    }

    /// <summary>The highest of some numbers; not a number where one of them is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Highest(ReadOnlySpan<float> row)
    {
        ref var x = ref MemoryMarshal.GetReference(row);
        var whole = row.Length - row.Length % Vector512<float>.Count;
        var highest = float.NegativeInfinity;
        var highests = Vector512.Create(highest);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)Vector512<float>.Count) highests = Vector512.Max(highests, Vector512.LoadUnsafe(ref x, i));
        highest = Highest(highests);
        for (var i = whole; i < row.Length; i++) highest = MathF.Max(highest, row[i]);
        return highest;
    }

    /// <summary>The highest element; not a number where one of them is none.</summary>
    internal static float Highest(Vector512<float> x)
    {
        var eight = Vector256.Max(x.GetLower(), x.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        var two = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(two[0], two[1]);
    }
}
