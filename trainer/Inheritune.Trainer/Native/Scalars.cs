using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Native;

/// <summary>
/// Numbers in arithmetic with tensors. TorchSharp 0.107 makes a native object of each, also of the factor 1 in a sum, and nothing keeps it alive while
/// libtorch reads it: a garbage collection in that moment frees it, and the operator fails or counts with what lies there next. Here they live long enough.
/// </summary>
internal static class Scalars
{
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>left + right.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>left + right.</summary>
    public static Tensor Plus(this Tensor left, double right) => With(right, number => left.add(number, One));

    /// <summary>tensor += other.</summary>
    public static Tensor Add(this Tensor tensor, Tensor other) => tensor.add_(other, One);

    /// <summary>tensor += 1.</summary>
    public static Tensor Increment(this Tensor tensor) => tensor.add_(One, One);

    /// <summary>Adds the rows of a source to those of the tensor that the index names.</summary>
    public static Tensor AddRows(this Tensor tensor, Tensor index, Tensor source) => tensor.index_add_(0, index, source, One);

    /// <summary>tensor * factor.</summary>
    public static Tensor Times(this Tensor tensor, double factor) => With(factor, tensor.mul);

    /// <summary>tensor / divisor.</summary>
    public static Tensor Over(this Tensor tensor, double divisor) => With(divisor, number => tensor.div(number));

    /// <summary>Gives every element one value.</summary>
    public static Tensor Fill(this Tensor tensor, double value) => With(value, tensor.fill_);

    /// <summary>The tensor where it is larger than a limit, else the limit.</summary>
    public static Tensor AtLeast(this Tensor tensor, double limit) => With(limit, tensor.clamp_min);

    /// <summary>tensor &lt;= limit.</summary>
    public static Tensor AtMost(this Tensor tensor, double limit) => With(limit, tensor.le);

    private static Tensor With(double value, Func<Scalar, Tensor> operate)
    {
        using var number = value.ToScalar();
        return operate(number);
    }
}
