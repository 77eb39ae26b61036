using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>What a file's first bytes say of it, whatever its name is.</summary>
internal static class FileHeads
{
    /// <summary>No pointer is larger.</summary>
    public const int PointerBytes = 1024;

    // Long enough that no text begins like this by chance.
    private static readonly (byte[] Start, int At, string Format, string Unpacker)[] Compressions =
    [
        ([0x1f, 0x8b, 0x08], 0, "gzip", "gunzip"),
        ([0x28, 0xb5, 0x2f, 0xfd], 0, "zstd", "unzstd"),
        ([0xfd, .. "7zXZ\0"u8], 0, "xz", "unxz"),
        ([.. "1AY&SY"u8], 4, "bzip2", "bunzip2"),
        ([0x04, 0x22, 0x4d, 0x18], 0, "lz4", "unlz4"),
    ];

    /// <exception cref="RunException">It is what stands in place of the file in a clone whose large files were never fetched.</exception>
    public static void RefusePointer(CorpusFile file)
    {
        if (file.Info.Size <= PointerBytes) GitLfs.Refuse(Read(file), file.Name);
    }

    /// <summary>What a file that should be text is instead, with the remedy; null where the first bytes do not tell.</summary>
    public static string? Packing(CorpusFile file)
    {
        var head = Read(file);
        if (Compression(head) is var (name, remedy)) return $"is {name}; {remedy}";
        return head.AsSpan().StartsWith("PK\u0003\u0004"u8) ? "is a zip archive; unpack it with unzip"
            : head.AsSpan().StartsWith("PAR1\u0015"u8) ? "is a Parquet file; convert it to JSON lines"
            : null;
    }

    /// <summary>How a file is compressed, and the remedy; null where it is not.</summary>
    public static (string Name, string Remedy)? Compression(ReadOnlySpan<byte> head)
    {
        foreach (var (start, at, format, unpacker) in Compressions)
            if (head.Length > at && head[at..].StartsWith(start)) return ($"compressed with {format}", $"unpack it with {unpacker}");
        return null;
    }

    /// <summary>The first bytes, of which a short file has fewer.</summary>
    public static byte[] Read(CorpusFile file)
    {
        var head = new byte[Math.Min(PointerBytes, file.Info.Size)];
        if (head.Length > 0) file.Store.Read(file.Info.Key, 0, head);
        return head;
    }
}
