using System.Security.Cryptography;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Status;

/// <summary>Digests as the resource's status has them: <c>sha256:</c> and 64 hexadecimal digits.</summary>
internal static class ContentDigest
{
    public static string Of(ReadOnlySpan<byte> content) => Format(SHA256.HashData(content));

    /// <summary>Of a file, which is read; null when it is not there.</summary>
    public static string? Of(IObjectStore store, string key)
    {
        if (store.Stat(key) is null) return null;
        using var stream = store.OpenRead(key);
        return Format(SHA256.HashData(stream));
    }

    private static string Format(byte[] digest) => "sha256:" + Convert.ToHexStringLower(digest);
}
