using System.Text.Json;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Data;

/// <summary>Outputs of runs within a folder of data; what is in them, such as a tokenizer's merges.txt, was made and is no data.</summary>
internal static class EarlierRuns
{
    /// <summary>The file that every run keeps in its output.</summary>
    public const string Marker = "run.json";

    private const long LargestMarker = 16 << 20;

    /// <summary>Prefixes of the keys of all that belongs to a run.</summary>
    /// <param name="store">The folder.</param>
    /// <param name="all">What is in it.</param>
    public static IReadOnlyList<string> In(IObjectStore store, IReadOnlyList<ObjectInfo> all) =>
        [.. all.Where(info => Path.GetFileName(info.Key) == Marker && IsMarker(store, info)).Select(info => info.Key[..^Marker.Length])];

    private static bool IsMarker(IObjectStore store, ObjectInfo info)
    {
        if (info.Size > LargestMarker) return false;
        try
        {
            using var stream = store.OpenRead(info.Key);
            using var json = JsonDocument.Parse(stream);
            return json.RootElement is { ValueKind: JsonValueKind.Object } marker
                && marker.TryGetProperty("recipeHash", out _)
                && marker.TryGetProperty("recipe", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
