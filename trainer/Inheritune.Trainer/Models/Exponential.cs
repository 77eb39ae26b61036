using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Inheritune.Trainer.Models;

/// <summary>
/// e^x for vectors, to within two units in the last place, in the arithmetic of its numbers: 2^n e^r with n whole, |r| at most ln(2)/2 and e^r from
/// its series, cut and balanced (coefficients of Moshier's Cephes library). The runtime's own takes the way through doubles, and before
/// it is compiled for good, calls for every step.
/// </summary>
internal static class Exponential
{
    // Beyond these, the result is 0 or infinite all the same.
    private const float Lowest = -104, Highest = 89;

    private const float UpperLn2 = 0.693359375f, LowerLn2 = -2.12194440e-4f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        // Min and Max pass on what is not a number.
        x = Vector512.Max(Vector512.Min(x, Vector512.Create(Highest)), Vector512.Create(Lowest));
        var n = Vector512.Round(x * Vector512.Create(1.44269504f));
        var r = x - n * Vector512.Create(UpperLn2) - n * Vector512.Create(LowerLn2);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;

        if (Avx512F.IsSupported) return Avx512F.Scale(p, n);

        // In two factors: 2^n itself may be too small or too large for a normal number.
        var whole = Vector512.ConvertToInt32(n);
        var half = whole >> 1;
        return p * PowerOf2(half) * PowerOf2(whole - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOf2(Vector512<int> n) => ((n + Vector512.Create(127)) << 23).AsSingle();
}
