using System.Runtime.InteropServices;
using Inheritune.Api;

namespace Inheritune.Trainer.Data;

/// <summary>The content of packed files: little-endian ids of a <see cref="TokenType"/>, without a header.</summary>
internal static class PackedIds
{
    /// <summary>Bytes of one id.</summary>
    public static int Size(this TokenType type) => type == TokenType.UInt16 ? sizeof(ushort) : sizeof(uint);

    /// <summary>Unpacks ids in ascending order; <paramref name="packed"/> may be the end of <paramref name="ids"/>, which it then never overtakes.</summary>
    public static void Unpack(ReadOnlySpan<byte> packed, TokenType type, Span<long> ids)
    {
        if (type == TokenType.UInt16)
        {
            var narrow = MemoryMarshal.Cast<byte, ushort>(packed);
            for (var i = 0; i < narrow.Length; i++) ids[i] = narrow[i];
        }
        else
        {
            var narrow = MemoryMarshal.Cast<byte, uint>(packed);
            for (var i = 0; i < narrow.Length; i++) ids[i] = narrow[i];
        }
    }

    /// <summary>Index of the first id that is not below the limit, or -1.</summary>
    public static int IndexOfAtLeast(ReadOnlySpan<byte> packed, TokenType type, int limit) => type == TokenType.UInt16
        ? limit > ushort.MaxValue ? -1 : MemoryMarshal.Cast<byte, ushort>(packed).IndexOfAnyExceptInRange((ushort)0, (ushort)(limit - 1))
        : MemoryMarshal.Cast<byte, uint>(packed).IndexOfAnyExceptInRange(0u, (uint)(limit - 1));
}
