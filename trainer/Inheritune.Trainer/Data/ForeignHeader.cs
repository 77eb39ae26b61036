using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Inheritune.Trainer.Data;

/// <summary>Knows by their first bytes the files that people take for packed ids and that are something else.</summary>
internal static class ForeignHeader
{
    /// <summary>Bytes that are looked at.</summary>
    public const int Bytes = 4096;

    private const int LitGptHeader = 24;
    private const int LlmCHeader = 1024;
    private const string Convert = "write its ids as plain little-endian integers";

    private static readonly SearchValues<byte> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 32).Except(['\t', '\n', '\r', '\f']).Append(127).Select(code => (byte)code)]);

    private static readonly (byte[] Start, string Name, string Remedy)[] Known =
    [
        ([0x93, .. "NUMPY"u8], "a numpy array (.npy)",
            "write it without its header: numpy.load(FILE).astype('uint16').tofile('NEW.bin'), or uint32 for a vocabulary above 65,536"),
        ([.. "PK\x3\x4"u8], "a zip archive, as numpy.savez and torch.save write them", Convert),
        ([.. "PAR1"u8], "a Parquet file", Convert),
        ([.. "ARROW1"u8], "an Arrow file", Convert),
        ([0x89, .. "HDF\r\n"u8], "an HDF5 file", Convert),
        ([.. "MMIDIDX"u8], "the index of Megatron's data, not the data", "name the .bin beside it"),
        ([0x80, 0x02, 0x8a], "a pickle, as torch.save wrote them", Convert),
    ];

    /// <summary>What a file is and what to do about it, or null when its beginning says nothing.</summary>
    /// <param name="start">Its first bytes, up to <see cref="Bytes"/>.</param>
    /// <param name="size">Its size in bytes.</param>
    public static (string Name, string Remedy)? Find(ReadOnlySpan<byte> start, long size)
    {
        if (FileHeads.Compression(start) is { } compression) return compression;
        foreach (var (bytes, name, remedy) in Known)
            if (start.StartsWith(bytes)) return (name, remedy);
        if (start.StartsWith("LITPKDS"u8))
            return ("a packed file of lit-gpt (LITPKDS)", TakeOff(LitGptHeader) + Width(start.Length > 15 ? start[15] : (byte)0));
        if (IsLlmC(start, size)) return ("a token file of llm.c", TakeOff(LlmCHeader));
        if (IsSafetensors(start, size)) return ("a safetensors file", Convert);
        return IsText(start) ? ("text", "name it .txt or .jsonl, or set spec.dataset.format") : null;
    }

    private static string TakeOff(int bytes) => $"take off its header of {bytes} bytes: tail -c +{bytes + 1} FILE > NEW.bin";

    /// <summary>lit-gpt's code of the element type.</summary>
    private static string Width(byte code) => code switch
    {
        8 => "",
        4 => ", and set spec.dataset.tokenType: UInt32",
        _ => FormattableString.Invariant($", and convert its ids (type {code}) to 16 or 32 bits"),
    };

    /// <summary>256 integers of 32 bits: a date as the magic number, a version, and the number of ids that follow.</summary>
    private static bool IsLlmC(ReadOnlySpan<byte> start, long size)
    {
        if (start.Length < 12) return false;
        var (magic, ids) = (BinaryPrimitives.ReadInt32LittleEndian(start), (long)BinaryPrimitives.ReadInt32LittleEndian(start[8..]));
        return magic is 20240520 or 20240801 && (size == LlmCHeader + ids * sizeof(ushort) || size == LlmCHeader + ids * sizeof(uint));
    }

    private static bool IsSafetensors(ReadOnlySpan<byte> start, long size) =>
        start.Length > 10 && start[8..].StartsWith("{\""u8) && BinaryPrimitives.ReadInt64LittleEndian(start) is var header && header > 2 && header < size - 8;

    /// <summary>UTF-8 without control characters, of some length and variety: a few ids may consist of such bytes too.</summary>
    private static bool IsText(ReadOnlySpan<byte> start)
    {
        const int Length = 64;
        const int Variety = 12;
        if (start.Length < Length || start.ContainsAny(Controls) || new HashSet<byte>(start.ToArray()).Count < Variety) return false;
        // The last character may be cut off.
        for (var cut = 0; cut < 4; cut++)
            if (Utf8.IsValid(start[..^cut])) return true;
        return false;
    }
}
