using System.Runtime.Intrinsics.X86;
using Inheritune.Api;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Models;

/// <summary>The number format of what matrix products read.</summary>
internal static class ComputeFormat
{
    /// <summary>This processor multiplies BFloat16 at a useful speed.</summary>
    /// <remarks>oneDNN does so with AVX-512; without it libtorch takes a plain loop, which needed 40 times Float32's time.</remarks>
    public static bool HasFastBFloat16 => Avx512BW.IsSupported;

    /// <summary>
    /// <paramref name="x"/> as products of <paramref name="precision"/> read it; its gradient comes back in the format that it has.
    /// For a processor without fast products of BFloat16 it is rounded to that format and stays Float32.
    /// </summary>
    public static Tensor For(this Tensor x, ComputePrecision precision)
    {
        if (precision == ComputePrecision.Float32) return x;
        var rounded = x.to(ScalarType.BFloat16);
        return HasFastBFloat16 || x.device_type != DeviceType.CPU ? rounded : rounded.to(ScalarType.Float32);
    }
}
