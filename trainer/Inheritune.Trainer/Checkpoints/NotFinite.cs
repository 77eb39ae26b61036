using System.Numerics;
using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Checkpoints;

/// <summary>Numbers of a tensor that are NaN or infinite: their exponent has every bit set.</summary>
/// <param name="First">Index of the first, where there is one.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct NotFinite(long First, long Count)
{
    /// <summary>Looks at stored numbers.</summary>
    public static NotFinite In(ReadOnlySpan<byte> bytes, string dtype) => dtype switch
    {
        "F32" => Find(MemoryMarshal.Cast<byte, uint>(bytes), 0x7F80_0000u),
        "F16" => Find(MemoryMarshal.Cast<byte, ushort>(bytes), (ushort)0x7C00),
        "BF16" => Find(MemoryMarshal.Cast<byte, ushort>(bytes), (ushort)0x7F80),
        _ => default,
    };

    /// <summary>This, and what was found in a piece that begins at an index.</summary>
    public NotFinite With(NotFinite piece, long start) =>
        piece.Count == 0 ? this : new(Count == 0 ? start + piece.First : First, Count + piece.Count);

    /// <summary>Where an element is in a tensor, such as <c>[3, 17]</c>.</summary>
    public static string Place(long index, ReadOnlySpan<long> shape)
    {
        var places = new long[shape.Length];
        for (var i = shape.Length - 1; i >= 0; i--) (index, places[i]) = Math.DivRem(index, shape[i]);
        return $"[{string.Join(", ", places)}]";
    }

    private static NotFinite Find<T>(ReadOnlySpan<T> numbers, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var i = 0;
        var exponents = new Vector<T>(exponent);
        while (i + Vector<T>.Count <= numbers.Length && !Vector.EqualsAny(new Vector<T>(numbers[i..]) & exponents, exponents)) i += Vector<T>.Count;

        var found = default(NotFinite);
        for (; i < numbers.Length; i++)
            if ((numbers[i] & exponent) == exponent)
                found = found.With(new(0, 1), i);
        return found;
    }
}
