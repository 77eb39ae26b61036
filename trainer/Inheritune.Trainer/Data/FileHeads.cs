using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>What a file's first bytes say of it, whatever its name is.</summary>
internal static class FileHeads
{
    /// <summary>No pointer is larger.</summary>
    public const int PointerBytes = 1024;

    // Long enough that no text begins like this by chance.
    private static readonly (byte[] Start, int At, string What)[] Packed =
    [
        ([0x1f, 0x8b, 0x08], 0, "is compressed with gzip; unpack it with gunzip"),
        ([0x28, 0xb5, 0x2f, 0xfd], 0, "is compressed with zstd; unpack it with unzstd"),
        ([0xfd, .. "7zXZ"u8], 0, "is compressed with xz; unpack it with unxz"),
        ([.. "1AY&SY"u8], 4, "is compressed with bzip2; unpack it with bunzip2"),
        ([.. "PK\u0003\u0004"u8], 0, "is a zip archive; unpack it with unzip"),
        ([.. "PAR1\u0015"u8], 0, "is a Parquet file; convert it to JSON lines"),
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
        return Array.Find(Packed, kind => head.Length > kind.At && head.AsSpan(kind.At).StartsWith(kind.Start)).What;
    }

    /// <summary>The first bytes, of which a short file has fewer.</summary>
    public static byte[] Read(CorpusFile file)
    {
        var head = new byte[Math.Min(PointerBytes, file.Info.Size)];
        if (head.Length > 0) file.Store.Read(file.Info.Key, 0, head);
        return head;
    }
}
