using System.Text.Json;
using System.Text.Json.Serialization;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Runs;

/// <summary>
/// The marker <c>run.json</c> as this process last saw it. It is only ever replaced by a conditional write, so a process that has
/// not heard of a newer one cannot overwrite what that has recorded.
/// </summary>
internal sealed class RunMarkerFile(IObjectStore output, InheritRun run)
{
    public const string Key = EarlierRuns.Marker;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly Lock _gate = new();
    private readonly string _hash = Recipe.Hash(run);
    private ObjectInfo? _seen;

    /// <summary>What is known about the run.</summary>
    public RunMarker Value { get; private set; } = new() { Name = run.Metadata.Name, RecipeHash = Recipe.Hash(run), Recipe = run.Spec };

    /// <summary>Whether the file was there when it was last read or written.</summary>
    public bool Exists => _seen is not null;

    /// <summary>Reads the file; where there is none, the marker of a run that has not begun remains.</summary>
    /// <exception cref="RunException">The output belongs to another recipe or holds other files.</exception>
    public void Read()
    {
        if (File.Exists(output.Location)) throw Occupied("is a file, not a folder");
        do _seen = output.Stat(Key);
        while (_seen is not null && !TryLoad());
        if (_seen is null && output.List("").FirstOrDefault(o => o.Key != RunFolder.LockKey && !OutputProbe.IsProbe(o.Key)) is { } stranger)
            throw Occupied($"holds files of something else, such as {stranger.Key}");
    }

    /// <summary>Writes a changed marker, unless another process has written one since.</summary>
    public bool TryUpdate(Func<RunMarker, RunMarker> change)
    {
        // Checkpoints are recorded from a thread of their own.
        lock (_gate)
        {
            var marker = change(Value);
            if (output.Replace(Key, _seen, JsonSerializer.SerializeToUtf8Bytes(marker, Json)) is not { } written) return false;
            (Value, _seen) = (marker, written);
            return true;
        }
    }

    /// <summary>Whether the file is still the one that this process wrote.</summary>
    public bool IsCurrent()
    {
        lock (_gate) return output.Stat(Key) == _seen;
    }

    /// <summary>Who writes the file now; null when it is gone.</summary>
    public string? CurrentWriter() => output.Stat(Key) is null ? null : Load().Writer;

    /// <summary>Whether the file could be read before its writer replaced it.</summary>
    private bool TryLoad()
    {
        try
        {
            Value = Load();
            return true;
        }
        catch (RunException e) when (e is { MayPass: true, Code: ExitCode.InvalidInput })
        {
            return false;
        }
    }

    private RunMarker Load()
    {
        try
        {
            using var stream = output.OpenRead(Key);
            var marker = JsonSerializer.Deserialize<RunMarker>(stream, Json) ?? throw new JsonException("it is null");
            if (marker.RecipeHash == _hash) return marker;
            var before = new InheritRun { ApiVersion = run.ApiVersion, Kind = run.Kind, Metadata = run.Metadata, Spec = marker.Recipe };
            throw Occupied($"belongs to run '{marker.Name}' with another recipe ({string.Join("; ", Recipe.Differences(before, run))})");
        }
        catch (JsonException)
        {
            throw Occupied($"has an unreadable {Key}");
        }
    }

    private RunException Occupied(string what) =>
        RunException.Invalid(RunFolder.Field, output.Location, $"{what}; give another folder, or remove this one if nothing in it is needed");
}
