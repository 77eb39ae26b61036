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

    private readonly InheritRun _run;
    private readonly string _hash;
    private bool _claimed;
    private FileStream? _lock;

    private RunFolder(InheritRun run)
    {
        _run = run;
        _hash = Recipe.Hash(run);
        Store = StoreFactory.OpenFolder(run.Spec.Output.Uri, "spec.output.uri");
        Marker = ReadMarker() ?? NewMarker();
    }

    public IObjectStore Store { get; }

    public RunMarker Marker { get; private set; }

    /// <summary>
    /// Looks at the output folder of <paramref name="run"/> and writes nothing there, so that a run whose inputs prove bad leaves
    /// no trace. An unfinished run of the same recipe is claimed at once.
    /// </summary>
    /// <exception cref="RunException">The folder belongs to another recipe, holds other files or is in use.</exception>
    public static RunFolder For(InheritRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var folder = new RunFolder(run);
        if (!folder.Marker.Complete && folder.Store.Stat(MarkerKey) is not null) folder.Claim();
        return folder;
    }

    /// <summary>Takes possession of the folder until <see cref="Dispose"/>; must come before the first write. Does nothing the second time.</summary>
    /// <exception cref="RunException">As for <see cref="For"/>, or the folder cannot be written.</exception>
    public void Claim()
    {
        if (_claimed) return;
        _lock = Lock(Store);
        _claimed = true;

        // Another process may have come first and be done by now.
        if (ReadMarker() is { } found) Marker = found;
        else Update(Marker);
        if (!Marker.Complete) Store.RemoveUnfinished();
    }

    /// <summary>Records what has become known.</summary>
    public void Update(RunMarker marker)
    {
        Store.Write(MarkerKey, stream => JsonSerializer.Serialize(stream, marker, Json));
        Marker = marker;
    }

    /// <summary>A folder within the output folder.</summary>
    public IObjectStore Open(string name) => StoreFactory.OpenFolder($"{Store.Location}/{name}", "spec.output.uri");

    public void Dispose() => _lock?.Dispose();

    private RunMarker NewMarker() => new() { Name = _run.Metadata.Name, RecipeHash = _hash, Recipe = _run.Spec };

    private InheritRun Rebuild(RunMarker marker) =>
        new() { ApiVersion = _run.ApiVersion, Kind = _run.Kind, Metadata = _run.Metadata, Spec = marker.Recipe };

    /// <summary>The marker of this recipe, or null in a folder that is still free.</summary>
    private RunMarker? ReadMarker()
    {
        if (File.Exists(Store.Location)) throw Occupied(Store, "is a file, not a folder");
        if (Store.Stat(MarkerKey) is null)
            return Store.List("").FirstOrDefault(o => o.Key != LockKey) is not { } stranger ? null : throw Occupied(Store, $"holds files of something else, such as {stranger.Key}");
        try
        {
            using var stream = Store.OpenRead(MarkerKey);
            var marker = JsonSerializer.Deserialize<RunMarker>(stream, Json) ?? throw new JsonException("it is null");
            if (marker.RecipeHash == _hash) return marker;
            throw Occupied(Store, $"belongs to run '{marker.Name}' with another recipe ({string.Join("; ", Recipe.Differences(Rebuild(marker), _run))})");
        }
        catch (JsonException)
        {
            throw Occupied(Store, $"has an unreadable {MarkerKey}");
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
        // EWOULDBLOCK on Linux, 35 on macOS, ERROR_SHARING_VIOLATION on Windows.
        catch (IOException e) when ((e.HResult & 0xFFFF) is 11 or 35 or 32)
        {
            throw RunException.Invalid("spec.output.uri", store.Location, "is in use by another process; wait for it or give another folder");
        }
        catch (DirectoryNotFoundException)
        {
            throw RunException.Invalid("spec.output.uri", store.Location, "cannot be created: something above it is not a folder; check the path");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileStore.Translate(store.Location, e);
        }
    }

    private static RunException Occupied(IObjectStore store, string what) =>
        RunException.Invalid("spec.output.uri", store.Location, $"{what}; give another folder, or remove this one if nothing in it is needed");
}
