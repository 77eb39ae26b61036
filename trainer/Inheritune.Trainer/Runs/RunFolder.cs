using System.Text.Json;
using System.Text.Json.Serialization;
using Inheritune.Api;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Runs;

/// <summary>
/// The output folder of one run. It belongs to the recipe that came first: the same recipe continues or finds itself
/// complete, another one is refused, and two processes cannot work in it at once.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private const string MarkerKey = "run.json";
    private const string LockKey = ".lock";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly FileStream? _lock;

    private RunFolder(IObjectStore store, FileStream? held, RunMarker marker)
    {
        Store = store;
        _lock = held;
        Marker = marker;
    }

    public IObjectStore Store { get; }

    public RunMarker Marker { get; private set; }

    /// <summary>Takes possession of the output folder of <paramref name="run"/>.</summary>
    /// <exception cref="RunException">The folder belongs to another recipe, holds other files or is in use.</exception>
    public static RunFolder Claim(InheritRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var store = StoreFactory.Open(run.Spec.Output.Uri, "spec.output.uri");
        var marker = ReadMarker(store);
        if (marker is null && store.List("").FirstOrDefault(o => o.Key != LockKey) is { } stranger)
            throw Occupied(store, $"holds files of something else, such as {stranger.Key}");

        var hash = Recipe.Hash(run);
        if (marker is not null && marker.RecipeHash != hash)
            throw Occupied(store, $"belongs to run '{marker.Name}' with another recipe ({string.Join("; ", Recipe.Differences(Rebuild(run, marker), run))})");

        var held = Lock(store);
        var folder = new RunFolder(store, held, marker ?? new RunMarker { Name = run.Metadata.Name, RecipeHash = hash, Recipe = run.Spec });
        if (marker is null) folder.Update(folder.Marker);
        if (!folder.Marker.Complete) store.RemoveUnfinished();
        return folder;
    }

    /// <summary>Records what has become known.</summary>
    public void Update(RunMarker marker)
    {
        Store.Write(MarkerKey, stream => JsonSerializer.Serialize(stream, marker, Json));
        Marker = marker;
    }

    /// <summary>A folder within the output folder.</summary>
    public IObjectStore Open(string name) => StoreFactory.Open($"{Store.Location}/{name}", "spec.output.uri");

    public void Dispose() => _lock?.Dispose();

    private static InheritRun Rebuild(InheritRun run, RunMarker marker) =>
        new() { ApiVersion = run.ApiVersion, Kind = run.Kind, Metadata = run.Metadata, Spec = marker.Recipe };

    private static RunMarker? ReadMarker(IObjectStore store)
    {
        if (store.Stat(MarkerKey) is null) return null;
        try
        {
            using var stream = store.OpenRead(MarkerKey);
            return JsonSerializer.Deserialize<RunMarker>(stream, Json);
        }
        catch (JsonException)
        {
            throw Occupied(store, $"has an unreadable {MarkerKey}");
        }
    }

    /// <summary>An advisory lock that the operating system releases with the process, however it ends.</summary>
    private static FileStream? Lock(IObjectStore store)
    {
        if (store.LocalPath(LockKey) is not { } path) return null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw RunException.Invalid("spec.output.uri", store.Location, "is in use by another process; wait for it or give another folder");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new RunException(ExitCode.StorageDenied, $"spec.output.uri: '{store.Location}' cannot be written; check its owner and mode", e);
        }
        catch (IOException e)
        {
            throw new RunException(ExitCode.StorageUnavailable, $"spec.output.uri: '{store.Location}' cannot be created: {e.Message}", e);
        }
    }

    private static RunException Occupied(IObjectStore store, string what) =>
        RunException.Invalid("spec.output.uri", store.Location, $"{what}; give another folder, or remove this one if nothing in it is needed");
}
