using Inheritune.Api;
using Inheritune.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>
/// The cross-entropy of a linear head, some rows of logits at a time: all of them would be the largest tensor of a training step by far.
/// With the gradient made right where the logits are, none of them has to be kept, copied or computed again.
/// </summary>
/// <param name="xNC">What the head reads.</param>
/// <param name="weightVC">The head's weight, Float32.</param>
/// <param name="targetsN">The tokens that are right, Int64.</param>
/// <param name="precision">Number format of the matrix products.</param>
/// <param name="partSize">Logits at a time; with more parts the weight and its gradient are read and written more often.</param>
internal sealed class HeadLoss(Tensor xNC, Tensor weightVC, Tensor targetsN, ComputePrecision precision, long partSize = 18 << 20)
{
    private readonly Tensor _weightVC = weightVC.For(precision);

    /// <summary>Sum of the losses in nats: a Float32 scalar.</summary>
    public Tensor Sum()
    {
        var losses = new List<Tensor>();
        foreach (var (start, count) in Parts())
        {
            using var scope = NewDisposeScope();
            losses.Add(Loss(start, count).LossN.sum().MoveToOuterDisposeScope());
        }

        return stack(losses).sum();
    }

    /// <summary>The same, together with the gradient of <paramref name="factor"/> times it.</summary>
    /// <param name="factor">Factor of the gradients.</param>
    /// <param name="weightGradientVC">Float32; the weight's is added to it.</param>
    /// <param name="isFresh">The weight's gradient holds nothing yet, not even zeros.</param>
    /// <returns>The loss and the gradient of x, Float32 [N, C].</returns>
    public (Tensor Sum, Tensor GradientNC) WithGradient(double factor, Tensor weightGradientVC, bool isFresh)
    {
        var losses = new List<Tensor>();
        var gradientNC = empty_like(xNC);
        foreach (var (start, count) in Parts())
        {
            using var scope = NewDisposeScope();
            var (residualNV, lossN, sumN) = Loss(start, count);
            var scaleN1 = sumN.reciprocal().Times(factor).unsqueeze(1);
            var computeNV = residualNV.For(precision);
            var gradient = computeNV.mm(_weightVC).to(ScalarType.Float32);
            gradientNC.narrow(0, start, count).copy_(gradient.mul_(scaleN1));
            var scaledNC = (xNC.narrow(0, start, count) * scaleN1).For(precision);
            if (precision == ComputePrecision.Float32) weightGradientVC.addmm_(residualNV.t(), scaledNC, isFresh ? 0 : 1, 1);
            else if (isFresh) weightGradientVC.copy_(computeNV.t().mm(scaledNC));
            else weightGradientVC.Add(computeNV.t().mm(scaledNC));
            isFresh = false;
            losses.Add(lossN.sum().MoveToOuterDisposeScope());
        }

        return (stack(losses).sum(), gradientNC);
    }

    private (Tensor ResidualNV, Tensor LossN, Tensor SumN) Loss(long start, long count)
    {
        var logitsNV = xNC.narrow(0, start, count).For(precision).mm(_weightVC.t()).to(ScalarType.Float32);
        var (lossN, sumN) = SoftmaxResidual.Replace(logitsNV, targetsN.narrow(0, start, count));
        return (logitsNV, lossN, sumN);
    }

    /// <summary>Stretches of rows, equally long as far as that goes.</summary>
    private IEnumerable<(long Start, long Count)> Parts()
    {
        var rows = xNC.shape[0];
        var parts = Math.Max(1, (rows * weightVC.shape[0] + partSize - 1) / partSize);
        for (var i = 0L; i < Math.Min(parts, rows); i++) yield return (i * rows / parts, (i + 1) * rows / parts - i * rows / parts);
    }
}
