using System.Globalization;
using Inheritune.Api;

namespace Inheritune.Trainer.Data;

/// <summary>What a file's name says of its content.</summary>
internal static class FileKinds
{
    public const string Accepted = "accepted are .txt (text), .jsonl (JSON lines) and .bin (packed little-endian token ids without a header)";

    private const int MostNamed = 8;

    private static readonly Dictionary<string, DatasetFormat> Formats = new(StringComparer.OrdinalIgnoreCase)
    {
        [".txt"] = DatasetFormat.Text,
        [".jsonl"] = DatasetFormat.JsonLines,
        [".bin"] = DatasetFormat.Packed,
    };

    private static readonly Dictionary<string, string> Unpackers = new(StringComparer.OrdinalIgnoreCase)
    {
        [".gz"] = "gunzip", [".tgz"] = "tar -xzf", [".zst"] = "unzstd", [".bz2"] = "bunzip2", [".xz"] = "unxz", [".lz4"] = "unlz4",
        [".zip"] = "unzip", [".tar"] = "tar -xf", [".7z"] = "7z x",
    };

    /// <summary>The format that goes with a name's ending; Auto where none does.</summary>
    public static DatasetFormat Format(string key) => Formats.GetValueOrDefault(Path.GetExtension(key));

    /// <summary>The program that unpacks a compressed file or an archive; null for any other.</summary>
    public static string? Unpacker(string key) => Unpackers.GetValueOrDefault(Path.GetExtension(key));

    /// <summary>
    /// Whether a file in a folder is there for a program's own use: settings, an editor's or a notebook's copy, what macOS writes beside
    /// each file, the Hub's bookkeeping.
    /// </summary>
    public static bool IsHidden(string key) =>
        key.Split('/').Any(part => part.StartsWith('.')) || key.EndsWith('~') || (Path.GetFileName(key) is ['#', .., '#']);

    /// <summary>
    /// Counts files by their kind, the most frequent first:
    /// <c>3 .md such as a.md, .b.txt (hidden), c.txt.gz (compressed; unpack with gunzip to have it read)</c>.
    /// </summary>
    public static string Count(IEnumerable<string> keys)
    {
        var kinds = keys.GroupBy(Kind).OrderByDescending(kind => kind.Count()).ThenBy(kind => kind.Key, StringComparer.Ordinal).ToList();
        return string.Join(", ", kinds.Take(MostNamed).Select(Describe)) + (kinds.Count > MostNamed ? " and others" : "");
    }

    private static string Kind(string key) =>
        IsHidden(key) ? "hidden" : Path.GetExtension(key) is { Length: > 0 } ending ? ending : "without an ending";

    private static string Describe(IGrouping<string, string> kind)
    {
        var (first, count) = (kind.First(), kind.Count());
        var remedy = kind.Key != "hidden" && Unpacker(first) is { } program ? $" (compressed; unpack with {program} to have it read)" : "";
        if (count > 1) return string.Create(CultureInfo.InvariantCulture, $"{count:N0} {kind.Key} such as {first}{remedy}");
        return kind.Key == "hidden" ? $"{first} (hidden)" : first + remedy;
    }
}
