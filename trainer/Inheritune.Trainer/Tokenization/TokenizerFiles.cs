using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tokenization;

/// <summary>The tokenizer's files of a Hugging Face model folder; an export passes them on unchanged.</summary>
/// <param name="Content">Bytes of each file by its name.</param>
public sealed record TokenizerFiles(IReadOnlyDictionary<string, byte[]> Content)
{
    public const string SentencePiece = "tokenizer.model";
    public const string Json = "tokenizer.json";
    public const string Config = "tokenizer_config.json";
    public const string SpecialTokens = "special_tokens_map.json";
    public const string AddedTokens = "added_tokens.json";

    private static readonly string[] Vocabularies = [SentencePiece, Json, "vocab.json", "merges.txt", "encoder.json", "vocab.bpe"];

    private static readonly string[] Names = [.. Vocabularies, Config, SpecialTokens, AddedTokens];

    /// <summary>Reads those of the files that are in the folder.</summary>
    public static TokenizerFiles Read(IObjectStore folder)
    {
        var content = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in Names)
            if (ReadObject(folder, name) is { } bytes)
                content[name] = bytes;
        return new TokenizerFiles(content);
    }

    /// <summary>Whether a folder has a vocabulary.</summary>
    public static bool Any(IObjectStore folder) => Vocabularies.Any(name => folder.Stat(name) is not null);

    /// <summary>Writes all files into the folder.</summary>
    public void Write(IObjectStore folder)
    {
        foreach (var (name, bytes) in Content) folder.Write(name, stream => stream.Write(bytes));
    }

    /// <summary>An object as a whole, or null when there is none.</summary>
    internal static byte[]? ReadObject(IObjectStore folder, string name)
    {
        if (folder.Stat(name) is not { } info) return null;
        var bytes = new byte[info.Size];
        folder.Read(name, 0, bytes);
        GitLfs.Refuse(bytes, $"{folder.Location}/{name}");
        return bytes;
    }

    /// <summary>SHA-256 of the named files, of what others say beside them, and of the document marks.</summary>
    internal string Digest(string others, DocumentMarks marks, params ReadOnlySpan<string> names)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in names)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {Content[name].Length}\n"));
            hash.AppendData(Content[name]);
        }

        hash.AppendData(Encoding.UTF8.GetBytes($"{others}\nbegin {marks.Begin} end {marks.End}"));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
