using Inheritune.Api;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// The cross-entropy of a linear head, some rows of logits at a time: all of them would be the largest tensor of a training step by far.
/// With the gradient made right where the logits are, none of them has to be kept, copied or computed again.
/// </summary>
/// <param name="partSize">Logits at a time; smaller parts make the matrix products slower.</param>
internal sealed class HeadLoss(long partSize = 32 << 20) : IDisposable
{
    /// <summary>Place of the logits, the same for all parts and steps: memory of this size that comes and goes leaves gaps behind.</summary>
    private Tensor? _place;

    /// <summary>Sum of the losses in nats: a Float32 scalar.</summary>
    /// <param name="xNC">What the head reads.</param>
    /// <param name="weightVC">The head's weight, Float32.</param>
    /// <param name="targetsN">The tokens that are right, Int64.</param>
    /// <param name="precision">Number format of the matrix products.</param>
    public Tensor Sum(Tensor xNC, Tensor weightVC, Tensor targetsN, ComputePrecision precision)
    {
        using var scope = NewDisposeScope();
        var (computeNC, computeVC) = (Compute(xNC, precision), Compute(weightVC, precision));
        var losses = Parts(xNC, weightVC).Select(part => Residual(computeNC.narrow(0, part.Start, part.Count), computeVC, targetsN.narrow(0, part.Start, part.Count)).LossN.sum());
        return stack(losses.ToList()).sum().MoveToOuterDisposeScope();
    }

    /// <summary>The same, together with the gradient of a multiple of it.</summary>
    /// <param name="xNC">What the head reads.</param>
    /// <param name="weightVC">The head's weight, Float32.</param>
    /// <param name="targetsN">The tokens that are right, Int64.</param>
    /// <param name="precision">Number format of the matrix products.</param>
    /// <param name="factor">Factor of the gradients.</param>
    /// <param name="weightGradientVC">Float32; the weight's is added to it.</param>
    /// <param name="isFresh">The weight's gradient holds nothing yet, not even zeros.</param>
    /// <returns>The loss and the gradient of x, Float32 [N, C].</returns>
    public (Tensor Sum, Tensor GradientNC) WithGradient(Tensor xNC, Tensor weightVC, Tensor targetsN, ComputePrecision precision, double factor, Tensor weightGradientVC, bool isFresh)
    {
        using var scope = NewDisposeScope();
        var computeVC = Compute(weightVC, precision);
        var losses = new List<Tensor>();
        var gradientNC = empty_like(xNC);
        foreach (var (start, count) in Parts(xNC, weightVC))
        {
            using var part = NewDisposeScope();
            var partNC = xNC.narrow(0, start, count);
            var (residualNV, lossN, sumN) = Residual(Compute(partNC, precision), computeVC, targetsN.narrow(0, start, count));
            var scaleN1 = (factor / sumN).unsqueeze(1);
            var computeNV = Compute(residualNV, precision);
            gradientNC.narrow(0, start, count).copy_(computeNV.mm(computeVC)).mul_(scaleN1);
            var scaledNC = Compute(partNC * scaleN1, precision);
            if (precision == ComputePrecision.Float32) weightGradientVC.addmm_(computeNV.t(), scaledNC, isFresh ? 0 : 1, 1);
            else if (isFresh) weightGradientVC.copy_(computeNV.t().mm(scaledNC));
            else weightGradientVC.add_(computeNV.t().mm(scaledNC));
            isFresh = false;
            losses.Add(lossN.sum().MoveToOuterDisposeScope());
        }

        return (stack(losses).sum().MoveToOuterDisposeScope(), gradientNC.MoveToOuterDisposeScope());
    }

    public void Dispose() => _place?.Dispose();

    private (Tensor ResidualNV, Tensor LossN, Tensor SumN) Residual(Tensor computeNC, Tensor computeVC, Tensor targetsN)
    {
        var (rows, size) = (computeNC.shape[0], computeVC.shape[0]);
        if (_place is null || _place.shape[0] < rows || _place.shape[1] != size)
        {
            _place?.Dispose();
            _place = HugePages.Empty([rows, size], ScalarType.Float32, computeNC.device).DetachFromDisposeScope();
        }

        var logitsNV = _place.narrow(0, 0, rows);
        if (computeNC.dtype == ScalarType.Float32) logitsNV.addmm_(computeNC, computeVC.t(), 0, 1);
        else logitsNV.copy_(computeNC.mm(computeVC.t()));
        var (lossN, sumN) = SoftmaxResidual.Replace(logitsNV, targetsN);
        return (logitsNV, lossN, sumN);
    }

    /// <summary>Stretches of rows, equally long as far as that goes.</summary>
    private IEnumerable<(long Start, long Count)> Parts(Tensor xNC, Tensor weightVC)
    {
        var rows = xNC.shape[0];
        var parts = Math.Min(rows, Math.Max(1, (rows * weightVC.shape[0] + partSize - 1) / partSize));
        for (var i = 0L; i < parts; i++) yield return (i * rows / parts, (i + 1) * rows / parts - i * rows / parts);
    }

    private static Tensor Compute(Tensor x, ComputePrecision precision) => precision == ComputePrecision.BFloat16 ? x.to(ScalarType.BFloat16) : x;
}
